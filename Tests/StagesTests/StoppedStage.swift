import Files
import Foundation
import Pipelines
import Synchronization
import TestSupport
import Testing

@testable import Stages

/// A stage as the runner runs it, in this process, so that a test decides when it is asked to stop and
/// what befalls its files afterwards.
struct StoppedStage {
  /// Where it works and writes.
  let folder: String
  /// Inputs by port.
  let inputs: [String: [String]]
  /// Its output port.
  let output: String

  /// The path of the output.
  var outputPath: String { folder + "/output.h5" }
  /// Where it keeps what it needs to go on.
  var checkpointFolder: String { folder + "/checkpoints" }
  /// Where it keeps what others may use.
  var cacheFolder: String { folder + "/cache" }

  /// How a run ended and what it said.
  struct Outcome {
    /// What the stage returned; nil where it stopped.
    var result: StageResult?
    /// Its remarks.
    var notes: [String]
  }

  /// Runs a stage until it is done or `isInterrupted`.
  func run(
    _ stage: some Stage, threads: Int = 2, isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) throws -> Outcome {
    let heard = Heard()
    let context = try context(threads: threads, heard, isInterrupted: isInterrupted)
    do {
      return Outcome(result: try stage.run(context), notes: heard.notes)
    } catch is StageInterruption {
      return Outcome(result: nil, notes: heard.notes)
    }
  }

  /// The stage's surroundings.
  func context(
    threads: Int = 2, _ heard: Heard = Heard(),
    isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) throws -> StageContext {
    StageContext(
      stage: "stage",
      inputs: try inputs.mapValues { paths in
        try paths.map {
          StageInput(name: $0, path: $0, contentDigest: try Digest.ofFileOrFolder($0))
        }
      },
      outputs: [output: outputPath], checkpointFolder: checkpointFolder, cacheFolder: cacheFolder,
      seed: 42, threads: threads,
      events: { if case .note(_, let text) = $0 { heard.add(text) } },
      isInterrupted: isInterrupted)
  }

  /// The remarks of a run.
  final class Heard: Sendable {
    private let all = Mutex<[String]>([])
    var notes: [String] { all.withLock { $0 } }
    func add(_ note: String) { all.withLock { $0.append(note) } }
  }
}

/// The shards in a folder, in order.
func shards(_ folder: String) -> [String] {
  Disk.files(folder).filter { $0.hasSuffix(".safetensors") }.map { folder + "/" + $0 }
}

/// Temporary files in a folder.
func leftovers(_ folder: String) -> [String] {
  ((try? folderEntries(folder)) ?? []).filter { $0.hasPrefix(".") }
}

/// What may befall a file while nobody works on it.
enum Damage: CaseIterable {
  case none, empty, half, oneBit, removed

  /// Does it.
  func befall(_ path: String) throws {
    var bytes = try Disk.bytes(path)
    switch self {
    case .none: return
    case .empty: bytes = Data()
    case .half: bytes.removeLast(bytes.count / 2)
    case .oneBit: bytes[bytes.count / 2] ^= 1
    case .removed: return try removeFile(path)
    }
    try bytes.write(to: URL(fileURLWithPath: path))
  }
}
