import Artifacts
import Augmentation
import Files
import Interchange
import Pipelines

/// How far an augmentation has come: what one of its shards says.
struct AugmentationProgress: Codable, Sendable {
  /// Original rows that are done with.
  var rows = 0
  /// Counts over all of them.
  var statistics = AugmentationStatistics()
  /// What the candidates were computed with.
  var numerics = ""
  /// Rewrites to which a teacher gave another answer than to their original; nil where none was asked.
  var otherAnswers: Int?
}

/// Augmented rows on disk, block by block.
///
/// | tensor | type and shape |
/// |---|---|
/// | `first.bytes`, `first.offsets` | U8 `[bytes]`, I64 `[rows + 1]`: the first, or only, texts |
/// | `rewrites` | I64 `[rows]`: a row's number among those of its source |
/// | `second.bytes`, `second.offsets` | the second texts, empty where rows are no pairs |
/// | `sources` | I64 `[rows]`: index of the row it was made from |
struct AugmentationShards {
  /// Where the work stands after the last shard.
  var progress: AugmentationProgress { store.last ?? AugmentationProgress() }
  /// What was found, for the user.
  var remark: String? { store.remark }

  private var store: ShardStore<AugmentationProgress>
  private let hasPairs: Bool
  private let rowsPerShard: Int

  /// Finds the shards of an earlier process: one for each block of `rowsPerShard` rows but the last,
  /// which the artifact follows at once.
  ///
  /// - Throws: As `ShardStore`.
  init(
    _ context: StageContext, key: String, rows: Int, rowsPerShard: Int, hasPairs: Bool
  ) throws {
    let total = max(0, rows - 1) / rowsPerShard
    store = try ShardStore(
      in: context.checkpointFolder, name: "augmented", key: key, total: total,
      beforeEach: context.stopIfAsked
    ) { number, state in
      number < total && state.rows == (number + 1) * rowsPerShard && state.statistics.isPossible
        && (0...1 << 53).contains(state.otherAnswers ?? 0)
    }
    self.hasPairs = hasPairs
    self.rowsPerShard = rowsPerShard
  }

  /// Hands over the rows of each shard, in order.
  ///
  /// - Throws: What reading and `body` throw.
  func readBlocks(_ body: ([AugmentedRow]) throws -> Void) throws {
    for number in 0..<store.count {
      let file = try store.open(number)
      let texts = try ["first", "second"].map { group in
        let bytes = try file.integers(group + ".bytes").map { UInt8(truncatingIfNeeded: $0) }
        return PackedStrings(bytes: bytes, offsets: try file.integers(group + ".offsets"))?
          .strings() ?? []
      }
      let (sources, rewrites) = (try file.integers("sources"), try file.integers("rewrites"))
      let counts = [rewrites.count, texts[0].count, texts[1].count]
      guard counts.allSatisfy({ $0 == sources.count }),
        Self.isBlock(number * rowsPerShard..<(number + 1) * rowsPerShard, sources, rewrites)
      else {
        throw ArtifactError.badData(
          file.path, "its tensors do not fit each other", cure: "start the stage afresh (--force)")
      }
      try body(
        sources.indices.map { row in
          AugmentedRow(
            source: Int(sources[row]), rewrite: Int(rewrites[row]), first: texts[0][row],
            second: hasPairs ? texts[1][row] : nil)
        })
    }
  }

  /// Whether rows are those of a block: each of its sources in order, followed by its rewrites.
  private static func isBlock(_ block: Range<Int>, _ sources: [Int64], _ rewrites: [Int64]) -> Bool
  {
    var source = Int64(block.lowerBound) - 1
    for (next, rewrite) in zip(sources, rewrites) {
      guard rewrite == 0 ? next == source + 1 : rewrite > 0 && next == source else { return false }
      source = next
      guard source >= Int64(block.lowerBound) else { return false }
    }
    return source == Int64(block.upperBound) - 1
  }

  /// Writes the rows of the next block.
  ///
  /// - Throws: `FileError` where they cannot be written.
  mutating func append(_ rows: [AugmentedRow], _ progress: AugmentationProgress) throws {
    let first = PackedStrings(rows.map(\.first))
    let second = PackedStrings(rows.map { $0.second ?? "" })
    let layout = [
      SafetensorsWriter.Entry("first.bytes", .uint8, shape: [first.bytes.count]),
      SafetensorsWriter.Entry("first.offsets", .int64, shape: [first.offsets.count]),
      SafetensorsWriter.Entry("rewrites", .int64, shape: [rows.count]),
      SafetensorsWriter.Entry("second.bytes", .uint8, shape: [second.bytes.count]),
      SafetensorsWriter.Entry("second.offsets", .int64, shape: [second.offsets.count]),
      SafetensorsWriter.Entry("sources", .int64, shape: [rows.count]),
    ]
    try store.append(progress, layout) { writer in
      try writer.write(first.bytes)
      try writer.write(first.offsets)
      try writer.write(rows.map { Int64($0.rewrite) })
      try writer.write(second.bytes)
      try writer.write(second.offsets)
      try writer.write(rows.map { Int64($0.source) })
    }
  }
}
