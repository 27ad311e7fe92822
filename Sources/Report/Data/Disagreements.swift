internal import Artifacts
internal import Files
internal import Foundation
internal import HDF5
internal import Tasks

/// The rows of a split on which two models differ most.
struct Disagreements: Sendable {
  /// A row with what both models say of it.
  struct Row: Sendable {
    /// Its number in the split, from 1.
    let number: Int
    let text: String
    /// The second text; nil where there is none.
    let pair: String?
    /// What is right; nil where that is not known.
    let right: String?
    /// What the teacher says, and how sure it is where it says so.
    let teacher: (answer: String, sureness: Double?)
    /// What the student says.
    let student: (answer: String, sureness: Double?)
    /// How far apart they are, by the measure.
    let distance: Double
  }

  /// What distances are.
  enum Measure: Sendable {
    /// Half the sum of the differences of probabilities of classes, one of which is right.
    case classes
    /// The greatest difference of the probabilities of labels, each right or not by itself.
    case labels
    /// The difference of numbers.
    case numbers
    /// The sum of what classes have over the words of a sentence that are given other tags.
    case words

    /// The one for a task; nil where it has none.
    init?(task: String) {
      switch task {
      case ClassificationTask().name: self = .classes
      case MultiLabelTask().name: self = .labels
      case RegressionTask().name: self = .numbers
      case TokenClassificationTask().name: self = .words
      default: return nil
      }
    }

    /// What a model says, as distances are measured.
    func answer(_ logits: [Double]) -> [Double] {
      switch self {
      case .classes, .words: ClassificationTask.softmax(logits)
      case .labels: logits.map { 1 / (1 + exp(-$0)) }
      case .numbers: logits
      }
    }

    /// How far apart two answers are.
    func distance(_ one: [Double], _ other: [Double]) -> Double {
      let differences = zip(one, other).map { abs($0 - $1) }
      return switch self {
      case .classes, .words: differences.reduce(0, +) / 2
      case .labels: differences.max() ?? .nan
      case .numbers: differences.reduce(0, +)
      }
    }
  }

  /// How many rows are shown.
  private static let count = 10

  let teacher: String
  let student: String
  let split: String
  /// Rows of the split.
  let total: Int
  /// The rows, the greatest distance first.
  let rows: [Row]
  /// What distances are.
  let measure: Measure

  init(
    teacher: String, student: String, split: String, total: Int, rows: [Row],
    measure: Measure
  ) {
    self.teacher = teacher
    self.student = student
    self.split = split
    self.total = total
    self.rows = rows
    self.measure = measure
  }

  /// Reads what both said; nil where the task has no measure, or the file lacks one of them.
  ///
  /// `threshold` is the probability from which on a label is answered, where there may be several.
  ///
  /// - Throws: What is wrong with a file.
  init?(
    between teacher: String, and student: String, on split: String, dataset: String,
    predictions: String, threshold: Double = 0.5
  ) throws {
    let (rows, description) = try DatasetArtifact.open(dataset)
    let said = try ArtifactReader(path: predictions, expecting: PredictionsArtifact.kind)
    guard let measure = Measure(task: description.task) else { return nil }
    let names = [teacher, student].map { "logits/\($0)/\(split)" }
    guard names.allSatisfy({ said.contains($0) }) else { return nil }
    let logits = try names.map { try said.floats($0) }
    if measure == .words {
      let sentences = try TaggedSentences(
        rows, of: split, labels: description.labels, said: said, logits: logits)
      guard let sentences else { return nil }
      self.init(
        teacher: teacher, student: student, split: split, total: sentences.count,
        rows: sentences.rows(most: Self.count), measure: measure)
      return
    }
    guard !said.contains("starts/\(split)") else { return nil }
    let texts = try PackedStrings(rows, group: "\(split)/text").strings()
    let pairs =
      rows.contains("\(split)/pair/bytes")
      ? try PackedStrings(rows, group: "\(split)/pair").strings() : []
    let columns = measure == .numbers ? 1 : description.labels.count
    guard let first = logits.first, let second = logits.last, columns > 0,
      logits.allSatisfy({ $0.count == texts.count * columns }),
      pairs.isEmpty || pairs.count == texts.count
    else { return nil }
    let right = try Self.right(rows, split, description.labels, count: texts.count)
    let answer = { (logits: [Float], row: Int) -> [Double] in
      measure.answer((row * columns..<(row + 1) * columns).map { Double(logits[$0]) })
    }
    let distances = texts.indices.map { measure.distance(answer(first, $0), answer(second, $0)) }
    func words(_ answer: [Double]) -> (answer: String, sureness: Double?) {
      switch measure {
      case .numbers: return (Quantity.score(answer.first ?? .nan, isShare: false), nil)
      case .labels:
        return (
          Self.spoken(zip(description.labels, answer).filter { $1 >= threshold }.map(\.0)), nil
        )
      case .classes, .words:
        let best = answer.indices.max { answer[$0] < answer[$1] } ?? 0
        return (description.labels[best], answer[best])
      }
    }
    self.init(
      teacher: teacher, student: student, split: split, total: texts.count,
      rows: Self.furthest(distances, most: Self.count).map { row in
        Row(
          number: row + 1, text: texts[row], pair: pairs.isEmpty ? nil : pairs[row],
          right: right[row], teacher: words(answer(first, row)),
          student: words(answer(second, row)), distance: distances[row])
      }, measure: measure)
  }

  /// The rows with the greatest distances, those without one left out.
  static func furthest(_ distances: [Double], most: Int) -> ArraySlice<Int> {
    distances.indices.filter { distances[$0].isFinite }
      .sorted { (distances[$1], $0) < (distances[$0], $1) }.prefix(most)
  }

  /// Labels of a row.
  private static func spoken(_ labels: [String]) -> String {
    labels.isEmpty ? "none" : labels.joined(separator: ", ")
  }

  /// What is right of each row.
  private static func right(
    _ rows: ArtifactReader, _ split: String, _ labels: [String], count: Int
  ) throws -> [String?] {
    if rows.contains("\(split)/labels") {
      let values = try rows.int32s("\(split)/labels")
      return (0..<count).map { row in
        values.indices.contains(row) && labels.indices.contains(Int(values[row]))
          ? labels[Int(values[row])] : nil
      }
    }
    if rows.contains("\(split)/label_sets/values") {
      let values = try rows.int32s("\(split)/label_sets/values")
      let offsets = try rows.int64s("\(split)/label_sets/offsets").compactMap(Int.init(exactly:))
      return (0..<count).map { row in
        guard offsets.indices.contains(row + 1), offsets[row] >= 0,
          offsets[row] <= offsets[row + 1], offsets[row + 1] <= values.count
        else { return nil }
        let own = values[offsets[row]..<offsets[row + 1]]
        guard own.allSatisfy({ labels.indices.contains(Int($0)) }) else { return nil }
        return spoken(own.map { labels[Int($0)] })
      }
    }
    guard rows.contains("\(split)/numbers") else { return Array(repeating: nil, count: count) }
    let values = try rows.floats("\(split)/numbers")
    return (0..<count).map { row in
      values.indices.contains(row) && values[row].isFinite
        ? Quantity.score(Double(values[row]), isShare: false) : nil
    }
  }
}
