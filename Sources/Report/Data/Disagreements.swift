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
    /// How far apart they are: half the sum of differences of probabilities, from 0 to 1, or the
    /// difference of numbers.
    let distance: Double
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
  /// Whether distances are those of probabilities.
  let areProbabilities: Bool

  init(
    teacher: String, student: String, split: String, total: Int, rows: [Row],
    areProbabilities: Bool
  ) {
    self.teacher = teacher
    self.student = student
    self.split = split
    self.total = total
    self.rows = rows
    self.areProbabilities = areProbabilities
  }

  /// Reads what both said; nil where a row has other than one answer, or the file lacks one of them.
  ///
  /// - Throws: What is wrong with a file.
  init?(
    between teacher: String, and student: String, on split: String, dataset: String,
    predictions: String
  ) throws {
    let (rows, description) = try DatasetArtifact.open(dataset)
    let said = try ArtifactReader(path: predictions, expecting: PredictionsArtifact.kind)
    let isNumber = description.task == RegressionTask().name
    guard isNumber || description.task == ClassificationTask().name else { return nil }
    let names = [teacher, student].map { "logits/\($0)/\(split)" }
    guard names.allSatisfy({ said.contains($0) }), !said.contains("starts/\(split)") else {
      return nil
    }
    let texts = try PackedStrings(rows, group: "\(split)/text").strings()
    let pairs =
      rows.contains("\(split)/pair/bytes")
      ? try PackedStrings(rows, group: "\(split)/pair").strings() : []
    let columns = isNumber ? 1 : description.labels.count
    let logits = try names.map { try said.floats($0) }
    guard let first = logits.first, let second = logits.last, columns > 0,
      logits.allSatisfy({ $0.count == texts.count * columns }),
      pairs.isEmpty || pairs.count == texts.count
    else { return nil }
    let right = try Self.right(rows, split, description.labels, count: texts.count)
    let answer = { (logits: [Float], row: Int) -> [Double] in
      let own = (row * columns..<(row + 1) * columns).map { Double(logits[$0]) }
      return isNumber ? own : ClassificationTask.softmax(own)
    }
    let distances = texts.indices.map { row in
      let (a, b) = (answer(first, row), answer(second, row))
      let sum = zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) }
      return isNumber ? sum : sum / 2
    }
    let order = distances.indices.filter { distances[$0].isFinite }
      .sorted { (distances[$1], $0) < (distances[$0], $1) }
    func words(_ answer: [Double]) -> (answer: String, sureness: Double?) {
      guard !isNumber else { return (Quantity.score(answer.first ?? .nan, isShare: false), nil) }
      let best = answer.indices.max { answer[$0] < answer[$1] } ?? 0
      return (description.labels[best], answer[best])
    }
    self.init(
      teacher: teacher, student: student, split: split, total: texts.count,
      rows: order.prefix(Self.count).map { row in
        Row(
          number: row + 1, text: texts[row], pair: pairs.isEmpty ? nil : pairs[row],
          right: right[row], teacher: words(answer(first, row)),
          student: words(answer(second, row)), distance: distances[row])
      }, areProbabilities: !isNumber)
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
    guard rows.contains("\(split)/numbers") else { return Array(repeating: nil, count: count) }
    let values = try rows.floats("\(split)/numbers")
    return (0..<count).map { row in
      values.indices.contains(row) && values[row].isFinite
        ? Quantity.score(Double(values[row]), isShare: false) : nil
    }
  }
}
