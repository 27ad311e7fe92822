public import Files

/// One input as a stage receives it.
public struct StageInput: Sendable, Equatable {
  /// Name of the artifact or source in the pipeline.
  public let name: String
  /// Where it is.
  public let path: String
  /// Digest of its content.
  public let contentDigest: Digest

  /// An input.
  public init(name: String, path: String, contentDigest: Digest) {
    self.name = name
    self.path = path
    self.contentDigest = contentDigest
  }
}

/// Everything a stage may know of the world.
public struct StageContext: Sendable {
  /// Name of the stage in the pipeline.
  public let stage: String
  /// Inputs by port; a port without input has no entry.
  public let inputs: [String: [StageInput]]
  /// Final paths of the outputs by port; a port that is not wanted has no entry.
  public let outputs: [String: String]
  /// Where the stage may keep what it needs to go on after a stop.
  ///
  /// Made by the stage when needed, removed by the runner when the stage is done or when its
  /// fingerprint is another.
  public let checkpointFolder: String
  /// Where stages keep what is costly to compute, under names that say what it belongs to.
  ///
  /// Made by the stage when needed; shared by the workspace's stages and kept between runs.
  public let cacheFolder: String
  /// Seed of every random stream.
  public let seed: UInt64
  /// Threads to use.
  public let threads: Int
  /// Whether it may go on from a checkpoint that was computed in other numbers (precision, library,
  /// instruction set), which ends with other bits than either alone.
  public let allowsNumericChange: Bool
  /// Takes what happens.
  public let events: @Sendable (RunEvent) -> Void
  /// Whether to save and stop.
  public let isInterrupted: @Sendable () -> Bool
  /// Returns when all events so far have been taken: to be called before a checkpoint, which must not
  /// be ahead of what was recorded of the steps before it.
  public let awaitRecord: @Sendable () -> Void

  /// A context.
  public init(
    stage: String, inputs: [String: [StageInput]], outputs: [String: String],
    checkpointFolder: String, cacheFolder: String, seed: UInt64, threads: Int,
    allowsNumericChange: Bool = false,
    events: @escaping @Sendable (RunEvent) -> Void,
    isInterrupted: @escaping @Sendable () -> Bool,
    awaitRecord: @escaping @Sendable () -> Void = {}
  ) {
    self.stage = stage
    self.inputs = inputs
    self.outputs = outputs
    self.checkpointFolder = checkpointFolder
    self.cacheFolder = cacheFolder
    self.seed = seed
    self.threads = threads
    self.allowsNumericChange = allowsNumericChange
    self.events = events
    self.isInterrupted = isInterrupted
    self.awaitRecord = awaitRecord
  }

  /// The single input of a port, nil when there is none.
  public func input(_ port: String) -> StageInput? { inputs[port]?.first }
}

/// The two digests of a finished output.
public struct OutputDigests: Sendable, Equatable {
  /// Digest of what it means; enters the fingerprints of the stages that read it.
  public let content: Digest
  /// Digest of its bytes.
  public let file: Digest

  /// The digests of an output.
  public init(content: Digest, file: Digest) {
    self.content = content
    self.file = file
  }
}

/// What a stage reports when it is done.
public struct StageResult: Sendable {
  /// Final metrics, in the order to show them.
  public let metrics: [(String, Double)]
  /// Remarks worth keeping: rows dropped, the resolved layer map.
  public let notes: [String]
  /// What a remark begins with that warns.
  package static let warning = "warning: "
  /// Digests by port of the outputs whose writer knows them; the others are computed.
  public let outputs: [String: OutputDigests]
  /// Seconds spent on saving checkpoints.
  public let checkpointSeconds: Double

  /// A result.
  public init(
    metrics: [(String, Double)] = [], notes: [String] = [], outputs: [String: OutputDigests] = [:],
    checkpointSeconds: Double = 0
  ) {
    self.metrics = metrics
    self.notes = notes
    self.outputs = outputs
    self.checkpointSeconds = checkpointSeconds
  }
}
