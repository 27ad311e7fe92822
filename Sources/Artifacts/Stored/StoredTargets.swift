public import HDF5
public import Training

/// Targets as artifacts store them: one column, whose name says of which kind they are.
///
/// | dataset | type and shape |
/// |---|---|
/// | `labels` | int32 `[examples]`: classes, -1 for none |
/// | `numbers` | float32 `[examples]`: numbers, NaN for none |
/// | `spans` | int32 `[examples, 2]`: first and last token, -1 twice for none |
/// | `label_sets/values`, `label_sets/offsets` | int32, int64 `[examples + 1]`: classes, -1 for none |
/// | `token_labels/values`, `.../offsets` | int32, int64: a class a token, -100 where none is asked for, -1 where it is not known |
/// | `vectors/values`, `vectors/offsets` | float32, int64: numbers |
public enum StoredTargets {
  /// Writes targets; those of a data set without any leave nothing behind.
  ///
  /// - Parameters:
  ///   - targets: The targets.
  ///   - body: The artifact.
  ///   - place: The full name of a column.
  /// - Throws: `HDF5Error`.
  public static func write(
    _ targets: Targets, to body: ArtifactBody, at place: (String) -> String
  ) throws {
    func offsets(_ offsets: [Int], of column: String) throws {
      try body.int64s(
        place(column + "/offsets"), shape: [offsets.count], values: offsets.map { Int64($0) })
    }
    func integers(_ rows: Ragged<Int32>, as column: String) throws {
      try body.int32s(place(column + "/values"), shape: [rows.values.count], values: rows.values)
      try offsets(rows.offsets, of: column)
    }
    switch targets {
    case .none: return
    case .labels(let labels):
      try body.int32s(place("labels"), shape: [labels.count], values: labels)
    case .numbers(let numbers):
      try body.floats(place("numbers"), shape: [numbers.count], values: numbers)
    case .spans(let ends):
      try body.int32s(place("spans"), shape: [ends.count / 2, 2], values: ends)
    case .labelSets(let rows): try integers(rows, as: "label_sets")
    case .tokenLabels(let rows): try integers(rows, as: "token_labels")
    case .vectors(let rows):
      try body.floats(place("vectors/values"), shape: [rows.values.count], values: rows.values)
      try offsets(rows.offsets, of: "vectors")
    }
  }

  /// Whether every example has its target, without looking at anything else.
  ///
  /// - Throws: What reading the column throws.
  public static func areKnown(_ reader: ArtifactReader, at place: (String) -> String) throws -> Bool
  {
    for column in ["labels", "spans", "label_sets/values", "token_labels/values"].map(place)
    where reader.contains(column) {
      return try !reader.int32s(column).contains(unknownLabel)
    }
    let numbers = place("numbers")
    if reader.contains(numbers) { return try !reader.floats(numbers).contains(where: \.isNaN) }
    return reader.contains(place("vectors/values"))
  }

  /// Reads what `write` wrote, and checks it against the examples.
  ///
  /// - Parameters:
  ///   - reader: The artifact.
  ///   - lengths: Tokens of each example.
  ///   - labels: How many outputs a model of the data set has.
  ///   - split: The split's name, for messages.
  ///   - place: The full name of a column.
  /// - Returns: The targets of all examples.
  /// - Throws: `ArtifactError` naming the first example whose target cannot be one; `HDF5Error`.
  static func read(
    _ reader: ArtifactReader, lengths: [Int], labels: Int, split: String,
    at place: (String) -> String
  ) throws -> Targets {
    func rows<Element>(_ values: [Element], _ column: String) throws -> Ragged<Element> {
      let offsets = try reader.int64s(place(column + "/offsets")).map { Int($0) }
      guard offsets.first == 0, offsets.last == values.count,
        zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
      else {
        throw ArtifactError.badData(
          reader.path, "offsets of '\(place(column))' do not fit its values",
          cure: "make the dataset again")
      }
      return Ragged(values: values, offsets: offsets)
    }
    let columns = ["labels", "numbers", "spans"]
    let pairs = ["label_sets", "token_labels", "vectors"]
    let targets: Targets =
      switch columns.first(where: { reader.contains(place($0)) })
        ?? pairs.first(where: { reader.contains(place($0 + "/values")) })
      {
      case "labels": .labels(try reader.int32s(place("labels")))
      case "numbers": .numbers(try reader.floats(place("numbers")))
      case "spans": .spans(try reader.int32s(place("spans")))
      case "label_sets":
        .labelSets(try rows(reader.int32s(place("label_sets/values")), "label_sets"))
      case "token_labels":
        .tokenLabels(try rows(reader.int32s(place("token_labels/values")), "token_labels"))
      case "vectors": .vectors(try rows(reader.floats(place("vectors/values")), "vectors"))
      default: .none
      }
    guard targets.count ?? lengths.count == lengths.count else {
      throw ArtifactError.badData(
        reader.path, "split '\(split)' has \(lengths.count) examples and another number of answers",
        cure: "make the dataset again")
    }
    if let fault = targets.firstFault(lengths: lengths, outputs: labels) {
      throw ArtifactError.badData(
        reader.path, "row \(fault.index) of '\(split)' has \(fault.reason)",
        cure: "make the dataset again")
    }
    return targets
  }
}
