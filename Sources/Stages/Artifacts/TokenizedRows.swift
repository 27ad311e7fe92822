import HDF5

/// Ragged token ids as artifacts store them: one flat run and offsets.
enum TokenizedRows {
  /// Reads all rows of a group (`ids`, `offsets`, `second`).
  ///
  /// - Throws: `StageError` where offsets are wrong or an id lies beyond the vocabulary.
  static func read(_ reader: ArtifactReader, group: String, vocabularySize: Int) throws
    -> [TokenizedRow]
  {
    let ids = try reader.int32s(group + "/ids")
    let offsets = try reader.int64s(group + "/offsets")
    let seconds = try reader.int32s(group + "/second")
    let isRising = zip(offsets, offsets.dropFirst()).allSatisfy { $0 < $1 }
    guard isRising, offsets.first == 0, offsets.last == Int64(ids.count),
      seconds.count == offsets.count - 1
    else {
      throw StageError.badData(
        reader.path, "offsets of '\(group)' do not fit its ids", cure: "make the artifact again")
    }
    try check(ids, vocabularySize: vocabularySize, path: reader.path, group: group)
    return seconds.indices.map { row in
      let range = Int(offsets[row])..<Int(offsets[row + 1])
      return TokenizedRow(
        ids: Array(ids[range]), secondStart: min(max(seconds[row], 0), Int32(range.count)))
    }
  }

  /// Refuses ids outside the vocabulary: they would index past the embedding table.
  static func check(_ ids: [Int32], vocabularySize: Int, path: String, group: String) throws {
    guard let place = ids.firstIndex(where: { $0 < 0 || $0 >= vocabularySize }) else { return }
    throw StageError.badData(
      path,
      "id \(ids[place]) at position \(place) of '\(group)' is beyond the vocabulary of \(vocabularySize)",
      cure: "make the artifact with the model's own tokenizer")
  }
}

extension ArtifactBody {
  /// Writes rows as `ids`, `offsets` and `second` below `group`.
  func write(_ rows: [TokenizedRow], group: String) throws {
    var ids: [Int32] = []
    var offsets: [Int64] = [0]
    ids.reserveCapacity(rows.reduce(0) { $0 + $1.ids.count })
    for row in rows {
      ids.append(contentsOf: row.ids)
      offsets.append(Int64(ids.count))
    }
    try int32s(group + "/ids", shape: [ids.count], values: ids)
    try int64s(group + "/offsets", shape: [offsets.count], values: offsets)
    try int32s(group + "/second", shape: [rows.count], values: rows.map(\.secondStart))
  }

  /// Writes strings as `bytes` and `offsets` below `group`.
  func write(_ strings: PackedStrings, group: String) throws {
    try bytes(group + "/bytes", shape: [strings.bytes.count], values: strings.bytes)
    try int64s(group + "/offsets", shape: [strings.offsets.count], values: strings.offsets)
  }
}
