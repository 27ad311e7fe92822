import Compute
import Files
public import Training

extension SentenceEmbeddingTask {
  /// Spearman's and Pearson's correlation of the cosines of pairs with their numbers.
  public func metrics(labels: Int) -> [Metric] { [Metric("spearmanr"), Metric("pearson")] }

  /// The values of `metrics`; NaN where all cosines are equal, or all numbers.
  public func scores(of outputs: Outputs, on rows: TaskRows) -> [Double] {
    let (cosines, numbers) = Self.pairs(outputs, on: rows)
    return [
      RegressionMetrics.spearman(cosines, numbers), RegressionMetrics.pearson(cosines, numbers),
    ]
  }

  /// What vectors that have nothing to do with the texts would have.
  public func baseline(on rows: TaskRows, labels: [String]) -> (score: Double, name: String) {
    (0, "a guess")
  }

  /// Recall at 1 of the teacher's nearest neighbours.
  public var agreementMetric: Metric { Metric("recall_at_1", isShare: true) }

  /// Recall at 1: the share of the split's texts, each counted once, whose nearest neighbour among them
  /// is the same by both models' vectors.
  public func agreement(of outputs: Outputs, with others: Outputs, on rows: TaskRows) -> Double {
    let context = ComputeContext(threads: 1)
    let texts = Self.distinct(rows.examples)
    guard texts.count > 1 else { return .nan }
    let own = VectorSimilarity(outputs, on: context).nearest(among: texts)
    let other = VectorSimilarity(others, on: context).nearest(among: texts)
    return Double(zip(own, other).count { $0 == $1 }) / Double(texts.count)
  }

  /// The mean cosine of the two vectors of a text, where they have as many numbers.
  public func closeness(of outputs: Outputs, to teacher: Outputs, on rows: TaskRows) -> [(
    name: String, value: Double
  )] {
    let context = ComputeContext(threads: 1)
    let cosine = VectorSimilarity(outputs, on: context).meanCosine(
      to: VectorSimilarity(teacher, on: context), of: Self.distinct(rows.examples))
    return cosine.map { [("teacher_cosine", $0)] } ?? []
  }

  /// Spearman's correlation on the pairs that are drawn.
  public func chiefScore(of outputs: Outputs, on rows: TaskRows) -> (([Int]) -> Double)? {
    guard rows.targets != .none else { return nil }
    let (cosines, numbers) = Self.pairs(outputs, on: rows)
    guard cosines.count == rows.count else { return nil }
    var correlation = SpearmanOfDraws(cosines, numbers)
    return { drawn in correlation(drawn) }
  }

  /// The cosine of each pair whose number is known, and that number.
  private static func pairs(
    _ outputs: Outputs, on rows: TaskRows
  ) -> (cosines: [Double], numbers: [Double]) {
    let similarity = VectorSimilarity(outputs, on: ComputeContext(threads: 1))
    var (cosines, numbers): ([Double], [Double]) = ([], [])
    for pair in texts(of: rows) where pair.count == 2 {
      guard case .number(let number) = rows.targets[pair[0]] else { continue }
      cosines.append(similarity.cosine(pair[0], pair[1]))
      numbers.append(Double(number))
    }
    return (cosines, numbers)
  }

  /// The vector of a text; of a pair both, and their cosine.
  public func answers(_ outputs: Outputs, to rows: TaskRows, labels: [String]) -> [Answer] {
    let similarity = VectorSimilarity(outputs, on: ComputeContext(threads: 1))
    return Self.texts(of: rows).map { texts in
      let vectors = texts.map { text in
        // As few digits as tell the number from its neighbours.
        JSONValue.array(outputs.rows[text].map { .real(Double("\($0)") ?? Double($0)) })
      }
      guard texts.count == 2 else {
        let text = (try? vectors[0].encoded()).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return Answer(
          text: text, probabilities: [], object: JSONObject([("embedding", vectors[0])]))
      }
      let cosine = similarity.cosine(texts[0], texts[1])
      return Answer(
        text: "\(cosine)", probabilities: [],
        object: JSONObject([("cosine", .real(cosine)), ("embeddings", .array(vectors))]))
    }
  }

  /// The examples of each row.
  private static func texts(of rows: TaskRows) -> [[Int]] {
    var texts: [[Int]] = []
    var last = -1
    for example in 0..<rows.examples.count {
      let row = rows.examples.row(of: example)
      if row == last, !texts.isEmpty {
        texts[texts.count - 1].append(example)
      } else {
        texts.append([example])
      }
      last = row
    }
    return texts
  }

  /// The first of all examples that read the same.
  private static func distinct(_ examples: InMemoryExamples) -> [Int] {
    var seen: Set<ArraySlice<Int32>> = []
    return (0..<examples.count).filter { example in
      seen.insert(examples.ids[examples.offsets[example]..<examples.offsets[example + 1]]).inserted
    }
  }
}
