import Artifacts
import Files
import Interchange
import Pipelines
import Text

/// How far the reading of raw text has come: what a corpus shard says.
struct CorpusProgress: Codable, Sendable {
  /// Number of the file that is being read.
  var file = 0
  /// Batches of its sentences that are done with.
  var batches = 0
  /// What the chunker keeps.
  var chunker = CorpusChunker.State()
}

/// The sequences of a corpus, on disk as fast as they are made.
///
/// | tensor | type and shape |
/// |---|---|
/// | `ids` | I32 `[tokens]`: the ids of some sequences, one after the other |
/// | `lengths` | I32 `[sequences]` |
///
/// What fits one shard is written only when the work is interrupted: a small corpus costs no file.
struct CorpusShards {
  /// Where the work stands after the last shard.
  var progress: CorpusProgress { store.last ?? CorpusProgress() }
  /// What was found, for the user.
  var remark: String? { store.remark }

  private var store: ShardStore<CorpusProgress>
  private let idsPerShard: Int
  private var ids: [Int32] = []
  private var lengths: [Int32] = []

  /// Finds the shards of an earlier process.
  ///
  /// - Throws: As `ShardStore`.
  init(_ context: StageContext, key: String, idsPerShard: Int) throws {
    store = try ShardStore(
      in: context.checkpointFolder, name: "corpus", key: key, beforeEach: context.stopIfAsked)
    self.idsPerShard = idsPerShard
    // Room that is asked for at once is not copied as it grows, and not used before it is needed.
    ids.reserveCapacity(idsPerShard + idsPerShard / 8)
  }

  /// Hands over the sequences of all shards, in order.
  ///
  /// - Throws: What reading and `body` throw.
  func readSequences(_ body: ([Int32]) throws -> Void) throws {
    for number in 0..<store.count {
      let file = try store.open(number)
      let ids = try file.integers("ids").map { Int32(truncatingIfNeeded: $0) }
      var start = 0
      for length in try file.integers("lengths") {
        guard length >= 0, Int(length) <= ids.count - start else {
          throw ArtifactError.badData(
            file.path, "its lengths do not fit its ids", cure: "remove it and run again")
        }
        try body(Array(ids[start..<start + Int(length)]))
        start += Int(length)
      }
    }
  }

  /// Takes a new sequence.
  mutating func append(_ sequence: [Int32]) {
    ids += sequence
    lengths.append(Int32(sequence.count))
  }

  /// Takes note that a batch is done with, and writes a shard where one is full or, because the work
  /// ends here, what there is.
  ///
  /// - Throws: `FileError` where it cannot be written.
  mutating func finishBatch(_ progress: CorpusProgress, isLast: Bool) throws {
    guard ids.count >= idsPerShard || (isLast && !ids.isEmpty) else { return }
    let layout = [
      SafetensorsWriter.Entry("ids", .int32, shape: [ids.count]),
      SafetensorsWriter.Entry("lengths", .int32, shape: [lengths.count]),
    ]
    try store.append(progress, layout) { writer in
      try writer.write(ids)
      try writer.write(lengths)
    }
    ids.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
  }
}
