public import Files
internal import Foundation

/// Names for what is followed from outside, over stops and restarts.
enum Identity {
  /// A name that nobody has: a random UUID.
  static func fresh() -> String { UUID().uuidString.lowercased() }
}

/// A run as the manifest remembers it: from the first command until all that was asked for is done,
/// however often it was stopped on the way.
public struct RunRecord: Sendable, Equatable {
  /// Its identity.
  public let id: String
  /// When it began, ISO 8601, UTC.
  public let started: String
  /// When all was done; nil before.
  public var finished: String?

  init(id: String, started: String, finished: String?) {
    self.id = id
    self.started = started
    self.finished = finished
  }

  /// A run that begins now.
  init() { self.init(id: Identity.fresh(), started: Date.now.formatted(.iso8601), finished: nil) }
}

/// How far a stage is.
public enum StageStatus: String, Sendable, CaseIterable {
  /// Not begun.
  case pending
  /// Begun and not ended; on disk also what a killed process leaves behind.
  case running
  /// Stopped on request or by a kill; goes on from its checkpoint.
  case interrupted
  /// Ended with an error.
  case failed
  /// Done, its outputs recorded.
  case done
  /// Its outputs were made elsewhere and adopted: they stand, whatever options and inputs are.
  case frozen

  /// Whether its outputs are there to be read.
  var hasOutputs: Bool { self == .done || self == .frozen }
}

/// An input as the manifest remembers it.
public struct InputRecord: Sendable, Equatable {
  /// Port.
  public var port: String
  /// Artifact or source.
  public var name: String
  /// Where it was.
  public var path: String
  /// Digest of its content.
  public var content: Digest
}

/// An output as the manifest remembers it.
public struct OutputRecord: Sendable, Equatable {
  /// Port.
  public var port: String
  /// Artifact.
  public var name: String
  /// Where it was written.
  public var path: String
  /// Its digests.
  public var digests: OutputDigests
  /// What the system said of the file when its digest was last confirmed.
  var signature: PathSignature
}

/// What the manifest remembers of a stage.
public struct StageRecord: Sendable {
  /// Identity of the attempt, which stays where the stage goes on from what it had done; nil where it
  /// was adopted or recorded by an older version.
  public var id: String?
  /// How far it is.
  public var status: StageStatus
  /// What decided its result, at the last start.
  public var fingerprint: Fingerprint
  /// What it read.
  public var inputs: [InputRecord] = []
  /// What it wrote; empty unless done.
  public var outputs: [OutputRecord] = []
  /// Final metrics, in their order; empty unless done.
  public var metrics: [(String, Double)] = []
  /// Remarks.
  public var notes: [String] = []
  /// When it last began, ISO 8601, UTC.
  public var started: String
  /// When it ended.
  public var finished: String?
  /// Seconds of its last run.
  public var seconds: Double?
  /// Seconds of that spent on saving checkpoints.
  public var checkpointSeconds: Double?
  /// Tries it took; nil while it has not ended.
  public var attempts: Int?
  /// Who runs it, while it runs.
  public var owner: String?
  /// Step it was interrupted at.
  public var step: Int?
  /// Why it failed.
  public var error: String?
  /// Exit code it failed with.
  public var exitCode: Int?
  /// Versions, machine, threads: shown, never a reason to run again.
  public var environment: [String: String] = [:]
}

/// Digest of a source, with which it need not be read again while its signature stays.
struct SourceRecord: Sendable, Equatable {
  var path: String
  /// Kind of artifact, `file` or `folder`.
  var kind: String
  var content: Digest
  var signature: PathSignature
}

/// What is: the record of a workspace, in `manifest.json`, written by the runner alone.
public struct Manifest: Sendable {
  /// Format of the file; files of format 1 lack owners, attempts and checkpoint times, those of
  /// format 2 the run and the identities.
  static let format = 3
  /// The largest manifest accepted, in bytes.
  static let sizeLimit = 256 << 20

  /// Name of the pipeline.
  public var pipeline: String
  /// Program that last wrote it.
  public var createdBy: String
  /// The last run in which a stage began.
  public var run: RunRecord?
  /// The stages of the last run with what feeds them, in their order.
  public var graph: [JSONValue] = []
  /// Records by stage; those of stages that the pipeline no longer has stay, they may come back.
  public var stages: [String: StageRecord] = [:]
  /// Sources by path.
  var sources: [String: SourceRecord] = [:]

  /// A manifest in which nothing has run.
  init(pipeline: String, createdBy: String) {
    self.pipeline = pipeline
    self.createdBy = createdBy
  }

  /// The names of the stages of the last run, those of instances of a matrix with their values, as the file has
  /// them.
  public var stageNames: [String] { graph.compactMap { $0.object?["stage"]?.string } }

  /// The run that was stopped before it was done, which the next command goes on with.
  var openRun: RunRecord? { run?.finished == nil ? run : nil }
}
