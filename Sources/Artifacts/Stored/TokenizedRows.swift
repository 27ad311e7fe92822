public import HDF5

/// Ragged token ids as artifacts store them: one flat run and offsets.
public enum TokenizedRows {
  /// Rows as they lie in an artifact.
  public struct Flat {
    /// Ids of all rows, one after the other.
    let ids: [Int32]
    /// Start of each row in `ids`, and the end of the last.
    let offsets: [Int]
    /// Where the second segment starts in each row; its length where there is none.
    let secondSegmentStarts: [Int32]
  }

  /// Reads a group (`ids`, `offsets`, `second`).
  ///
  /// - Throws: `ArtifactError` where offsets are wrong or an id lies beyond the vocabulary.
  public static func readFlat(_ reader: ArtifactReader, group: String, vocabularySize: Int) throws
    -> Flat
  {
    let ids = try reader.int32s(group + "/ids")
    let offsets = try reader.int64s(group + "/offsets").map { Int($0) }
    let secondSegmentStarts = try reader.int32s(group + "/second")
    let isRising = zip(offsets, offsets.dropFirst()).allSatisfy { $0 < $1 }
    guard isRising, offsets.first == 0, offsets.last == ids.count,
      secondSegmentStarts.count == offsets.count - 1
    else {
      throw ArtifactError.badData(
        reader.path, "offsets of '\(group)' do not fit its ids", cure: "make the artifact again")
    }
    try check(ids, vocabularySize: vocabularySize, path: reader.path, group: group)
    let clamped = secondSegmentStarts.indices.map { row in
      min(max(secondSegmentStarts[row], 0), Int32(offsets[row + 1] - offsets[row]))
    }
    return Flat(ids: ids, offsets: offsets, secondSegmentStarts: clamped)
  }

  /// Refuses a limit of lengths that no stage writes.
  static func check(maxSequenceLength length: Int, path: String) throws {
    guard (3...100_000).contains(length) else {
      throw ArtifactError.badData(
        path, "max_seq_length is \(length), expected 3 to 100000", cure: "make the artifact again")
    }
  }

  /// Refuses ids outside the vocabulary: they would index past the embedding table.
  ///
  /// - Parameters:
  ///   - ids: All ids of a group, or those from `start` on.
  ///   - start: The position of the first one.
  ///   - vocabularySize: The rows of the embedding table.
  ///   - path: The artifact, for the error.
  ///   - group: The group, for the error.
  /// - Throws: `ArtifactError` naming the first such id and its position.
  public static func check(
    _ ids: [Int32], from start: Int = 0, vocabularySize: Int, path: String, group: String
  ) throws {
    guard let place = ids.firstIndex(where: { $0 < 0 || $0 >= vocabularySize }) else { return }
    throw ArtifactError.badData(
      path,
      "id \(ids[place]) at position \(start + place) of '\(group)' is beyond the vocabulary of \(vocabularySize)",
      cure: "make the artifact with the model's own tokenizer")
  }
}

extension ArtifactBody {
  /// Writes rows as `ids`, `offsets` and `second` below `group`.
  public func write(_ rows: [TokenizedRow], group: String) throws {
    var ids: [Int32] = []
    var offsets: [Int64] = [0]
    ids.reserveCapacity(rows.reduce(0) { $0 + $1.ids.count })
    for row in rows {
      ids.append(contentsOf: row.ids)
      offsets.append(Int64(ids.count))
    }
    try int32s(group + "/ids", shape: [ids.count], values: ids)
    try int64s(group + "/offsets", shape: [offsets.count], values: offsets)
    try int32s(group + "/second", shape: [rows.count], values: rows.map(\.secondSegmentStart))
  }

  /// Writes strings as `bytes` and `offsets` below `group`.
  public func write(_ strings: PackedStrings, group: String) throws {
    try bytes(group + "/bytes", shape: [strings.bytes.count], values: strings.bytes)
    try int64s(group + "/offsets", shape: [strings.offsets.count], values: strings.offsets)
  }
}
