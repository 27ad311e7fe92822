import Compute
import Training

/// How near to one another the vectors of texts are.
struct VectorSimilarity {
  /// Vectors of length 1, one an example; a vector of zeros stays.
  private let vectors: Matrix
  private let context: ComputeContext

  /// Scales vectors to length 1.
  init(_ outputs: Outputs, on context: ComputeContext) {
    self.context = context
    vectors = Matrix(rows: outputs.count, columns: outputs.columns, values: outputs.values)
    context.normalizeRows(
      vectors, into: vectors, lengths: Matrix(rows: vectors.rows, columns: 1))
  }

  /// The cosine of the vectors of two examples.
  func cosine(_ first: Int, _ second: Int) -> Double {
    Self.product(
      vectors.rows(first..<first + 1).values(), vectors.rows(second..<second + 1).values())
  }

  /// The mean cosine to other vectors of the same examples; `nil` where those are wider or narrower.
  func meanCosine(to other: VectorSimilarity, of examples: [Int]) -> Double? {
    guard vectors.columns == other.vectors.columns, !examples.isEmpty else { return nil }
    let sum = examples.reduce(0) { sum, example in
      let row = example..<example + 1
      return sum + Self.product(vectors.rows(row).values(), other.vectors.rows(row).values())
    }
    return sum / Double(examples.count)
  }

  /// For each of some examples the one that is nearest to it among them, the first of equals; by their
  /// places in the list.
  func nearest(among examples: [Int]) -> [Int] {
    let all = Matrix(rows: examples.count, columns: vectors.columns)
    context.gatherRows(vectors, rows: examples.map { Int32($0) }, into: all)
    var nearest: [Int] = []
    for start in stride(from: 0, to: examples.count, by: 256) {
      let end = min(start + 256, examples.count)
      let cosines = Matrix(rows: end - start, columns: examples.count)
      context.multiply(all.rows(start..<end), all, into: cosines, transposingB: true)
      for row in 0..<cosines.rows {
        let values = cosines.rows(row..<row + 1).values()
        var best = start + row == 0 ? 1 : 0
        for place in values.indices where place != start + row && values[place] > values[best] {
          best = place
        }
        nearest.append(best)
      }
    }
    return nearest
  }

  private static func product(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}
