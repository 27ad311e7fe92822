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
/// | `second` | I32 `[sequences]`: where the second segment begins, where there may be any |
///
/// What fits one shard is written only when the work is interrupted: a small corpus costs no file.
struct CorpusShards {
  /// Where the work stands after the last shard.
  var progress: CorpusProgress { store.last ?? CorpusProgress() }
  /// What was found, for the user.
  var remark: String? { store.remark }

  private var store: ShardStore<CorpusProgress>
  private let idsPerShard: Int
  private let vocabularySize: Int
  private var ids: [Int32] = []
  private var lengths: [Int32] = []
  private var seconds: [Int32] = []
  private let hasPairs: Bool

  /// Finds the shards of an earlier process.
  ///
  /// - Parameters:
  ///   - context: The stage.
  ///   - key: What decides the sequences beside the inputs.
  ///   - files: How many files are read.
  ///   - chunker: What will go on from them.
  ///   - vocabularySize: Ids are below it.
  ///   - idsPerShard: Ids that a shard holds at least.
  /// - Throws: As `ShardStore`.
  init(
    _ context: StageContext, key: String, files: Int, chunker: CorpusChunker, vocabularySize: Int,
    idsPerShard: Int
  ) throws {
    store = try ShardStore(
      in: context.checkpointFolder, name: "corpus", key: key, beforeEach: context.stopIfAsked
    ) { _, progress in
      (0..<files).contains(progress.file) && progress.batches >= 0
        && chunker.accepts(progress.chunker)
    }
    self.idsPerShard = idsPerShard
    hasPairs = chunker.pairCounts != nil
    self.vocabularySize = vocabularySize
    // Room that is asked for at once is not copied as it grows, and not used before it is needed.
    ids.reserveCapacity(idsPerShard + idsPerShard / 8)
  }

  /// Hands over the sequences of all shards, in order.
  ///
  /// - Throws: `ArtifactError` where they are not what the last shard says was read; what reading and
  ///   `body` throw.
  func readSequences(_ body: (CorpusSequence) throws -> Void) throws {
    var (sequences, tokens) = (0, 0)
    for number in 0..<store.count {
      let file = try store.open(number)
      let ids = try file.integers("ids").map { Int32(truncatingIfNeeded: $0) }
      try TokenizedRows.check(
        ids, vocabularySize: vocabularySize, path: file.path, group: "ids")
      var start = 0
      let lengths = try file.integers("lengths")
      let seconds = hasPairs ? try file.integers("second") : lengths
      guard seconds.count == lengths.count else {
        throw Self.misfit(file.path, "its segments do not fit its lengths")
      }
      for (length, second) in zip(lengths, seconds) {
        guard length >= 0, Int(length) <= ids.count - start else {
          throw Self.misfit(file.path, "its lengths do not fit its ids")
        }
        guard (0...length).contains(second) else {
          throw Self.misfit(file.path, "its segments do not fit its lengths")
        }
        try body(
          CorpusSequence(
            ids: Array(ids[start..<start + Int(length)]), secondSegmentStart: Int(second)))
        start += Int(length)
        sequences += 1
      }
      guard start == ids.count else {
        throw Self.misfit(file.path, "its lengths do not fit its ids")
      }
      tokens += start
      guard number < store.count - 1 || progress.chunker.counts.sequences == sequences,
        number < store.count - 1 || progress.chunker.counts.tokens == tokens
      else {
        throw Self.misfit(
          file.path, "it counts other sequences than the \(sequences.grouped) that there are")
      }
    }
  }

  /// The error for shards that do not fit each other, or the text.
  static func misfit(_ path: String, _ what: String) -> ArtifactError {
    ArtifactError.badData(path, what, cure: "start the stage afresh (--force)")
  }

  /// Takes a new sequence.
  mutating func append(_ sequence: CorpusSequence) {
    ids += sequence.ids
    lengths.append(Int32(sequence.count))
    if hasPairs { seconds.append(Int32(sequence.secondSegmentStart)) }
  }

  /// Takes note that a batch is done with, and writes a shard where one is full or, because the work
  /// ends here, what there is.
  ///
  /// - Throws: `FileError` where it cannot be written.
  mutating func finishBatch(_ progress: CorpusProgress, isLast: Bool) throws {
    guard ids.count >= idsPerShard || (isLast && !ids.isEmpty) else { return }
    var layout = [
      SafetensorsWriter.Entry("ids", .int32, shape: [ids.count]),
      SafetensorsWriter.Entry("lengths", .int32, shape: [lengths.count]),
    ]
    if hasPairs {
      layout.append(SafetensorsWriter.Entry("second", .int32, shape: [seconds.count]))
    }
    try store.append(progress, layout) { writer in
      try writer.write(ids)
      try writer.write(lengths)
      if hasPairs { try writer.write(seconds) }
    }
    seconds.removeAll(keepingCapacity: true)
    ids.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
  }
}
