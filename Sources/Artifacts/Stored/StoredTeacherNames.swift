public import HDF5

/// Which of several teachers each row of a split is to be asked of, as artifacts store it: a name a row.
///
/// | dataset | type and shape |
/// |---|---|
/// | `name/bytes`, `name/offsets` | uint8, int64 `[rows + 1]` |
public enum StoredTeacherNames {
  /// Writes names; a split without any leaves nothing behind.
  static func write(_ names: [String], to body: ArtifactBody, split: String) throws {
    guard !names.isEmpty else { return }
    try body.write(PackedStrings(names), group: "\(split)/teacher/name")
  }

  /// Whether the rows of a split have names of teachers.
  public static func areThere(_ reader: ArtifactReader, split: String) -> Bool {
    reader.contains("\(split)/teacher/name/bytes")
  }

  /// Reads what `write` wrote.
  ///
  /// - Parameters:
  ///   - reader: The artifact.
  ///   - split: The split.
  ///   - rows: How many rows it has.
  /// - Returns: A name a row; none where the split has no names.
  /// - Throws: `ArtifactError` where they do not fit the rows; `HDF5Error`.
  public static func read(
    _ reader: ArtifactReader, split: String, rows: Int
  ) throws -> [String] {
    guard areThere(reader, split: split) else { return [] }
    let names = try PackedStrings(reader, group: "\(split)/teacher/name").strings()
    guard names.count == rows else {
      throw ArtifactError.badData(
        reader.path, "'\(split)' names \(names.count) teachers for \(rows) rows",
        cure: "make the dataset again")
    }
    return names
  }
}
