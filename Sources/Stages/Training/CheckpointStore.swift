import Compute
import Files
import Foundation
import Interchange
import Training

/// Two checkpoint files of a stage, written in turn: the newest valid one wins, the older is there
/// should the newest be damaged.
///
/// A checkpoint is one safetensors file: tensors of the trainer, and its state, as JSON, in the
/// header's metadata under `state`.
struct CheckpointStore {
  private let paths: [String]
  private let extraTensors: [(name: String, values: Matrix)]

  /// Makes the folder and shows that it can be written to, before any work is done.
  ///
  /// - Throws: `FileError` where it cannot be made or written to.
  init(folder: String, extraTensors: [(name: String, values: Matrix)] = []) throws {
    self.extraTensors = extraTensors
    try ensureDirectory(folder)
    let probe = folder + "/probe"
    try AtomicFile.write([], to: probe)
    try removeFile(probe)
    paths = ["a", "b"].map { "\(folder)/checkpoint-\($0).safetensors" }
  }

  /// Writes the trainer's state over the older of the two files.
  func save(_ checkpoint: TrainerCheckpoint) throws {
    let steps = paths.map { try? Self.open($0).state.step }
    let older = (steps[0] ?? -1) <= (steps[1] ?? -1) ? 0 : 1
    let state = String(decoding: try CanonicalJSON.encode(checkpoint.state), as: UTF8.self)
    try SafetensorsWriter.write(
      to: paths[older], metadata: ["state": state], isSealed: true,
      tensors: checkpoint.tensors.map { ($0.name, $0.shape, $0.values.values()) }
        + extraTensors.map { ($0.name, [$0.values.rows, $0.values.columns], $0.values.values()) })
  }

  /// Puts the trainer where its newest valid checkpoint was taken.
  ///
  /// - Returns: The step it stands at, `nil` where there is no checkpoint.
  /// - Throws: What reading or restoring throws.
  func restore(_ trainer: Trainer) throws -> Int? {
    let found = paths.compactMap { try? Self.open($0) }
    guard let newest = found.max(by: { $0.state.step < $1.state.step }) else { return nil }
    try trainer.restore(newest.state) { name, _, values in
      values.assign(try newest.file.floats(name))
    }
    for tensor in extraTensors { tensor.values.assign(try newest.file.floats(tensor.name)) }
    return newest.state.step
  }

  private static func open(_ path: String) throws -> (file: SafetensorsFile, state: TrainerState) {
    let file = try SafetensorsFile(path: path)
    try file.verifySeal()
    let text = file.metadata["state"] ?? ""
    return (file, try CanonicalJSON.decode(TrainerState.self, from: Array(text.utf8), of: path))
  }
}
