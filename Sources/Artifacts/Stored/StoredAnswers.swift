public import HDF5
public import Training

/// What a teacher answered for the examples of a split, as artifacts store it.
///
/// | dataset | type and shape |
/// |---|---|
/// | `logits` | float32 `[rows, labels]` |
/// | `starts` (where an example has other than one row) | int64 `[examples + 1]`: the first row of each |
public enum StoredAnswers {
  /// Writes answers; a split without any leaves nothing behind.
  ///
  /// - Parameters:
  ///   - answers: The numbers of each example, none for one without answer.
  ///   - columns: Numbers of a row.
  ///   - body: The artifact.
  ///   - group: The group that they are to lie in.
  /// - Throws: `HDF5Error`.
  static func write(
    _ answers: Ragged<Float>, columns: Int, to body: ArtifactBody, group: String
  ) throws {
    guard !answers.values.isEmpty else { return }
    let outputs = Outputs(columns: columns, rows: answers)
    try body.floats(
      group + "/logits", shape: [answers.values.count / columns, columns], values: answers.values)
    guard outputs.starts != Array(0...outputs.count) else { return }
    try body.int64s(
      group + "/starts", shape: [outputs.count + 1], values: outputs.starts.map { Int64($0) })
  }

  /// Whether a split has answers.
  public static func areThere(_ reader: ArtifactReader, split: String) -> Bool {
    reader.contains("\(split)/teacher/logits")
  }

  /// Reads what `write` wrote, and checks it.
  ///
  /// - Parameters:
  ///   - reader: The artifact.
  ///   - split: The split.
  ///   - examples: How many examples it has.
  ///   - columns: Numbers of a row.
  /// - Returns: The answers, an example without one having no row; nil where the split has none.
  /// - Throws: `ArtifactError` where they do not fit the examples or are not finite; `HDF5Error`.
  public static func read(
    _ reader: ArtifactReader, split: String, examples: Int, columns: Int
  ) throws -> Outputs? {
    guard areThere(reader, split: split) else { return nil }
    let group = "\(split)/teacher"
    func refuse(_ fault: String) -> ArtifactError {
      ArtifactError.badData(
        reader.path, "'\(group)' \(fault)", cure: "make the dataset again")
    }
    let shape = reader.datasets.first { $0.name == group + "/logits" }?.shape ?? []
    guard shape.count == 2, shape.last == columns, columns > 0, shape.first != 0 else {
      throw refuse("has shape \(shape), expected rows of \(columns) columns")
    }
    var starts = Array(0...examples)
    if reader.contains(group + "/starts") {
      starts = try reader.int64s(group + "/starts").map { Int($0) }
    }
    guard starts.count == examples + 1, starts.first == 0, starts.last == shape.first,
      zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 })
    else { throw refuse("does not fit its \(examples) examples") }
    let values = try reader.floats(group + "/logits")
    guard values.allSatisfy(\.isFinite) else { throw refuse("has numbers that are not finite") }
    return Outputs(
      columns: columns, rows: Ragged(values: values, offsets: starts.map { $0 * columns }))
  }
}
