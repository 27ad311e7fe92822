internal import Files
internal import Foundation

/// What became of a stage's outputs when others were taken for them.
public struct Adoption: Sendable, Equatable {
  /// The paths of the outputs.
  public var paths: [String] = []
  /// What is gone by that, each as `replaced the model that the stage had made`.
  public var losses: [String] = []
}

extension Runner {
  /// Takes outputs that were made elsewhere as those of a stage, which is frozen from then on.
  ///
  /// A folder of Hugging Face is taken for a model.
  /// It is current whatever its options and inputs are, and what only it would read need not be made.
  /// Running it under `--force` ends that.
  ///
  /// - Parameters:
  ///   - name: The stage.
  ///   - paths: Where its outputs lie now, by port; they are copied, a model folder
  ///     as the artifact that it makes. A port that is not named has its
  ///     output in place already.
  /// - Returns: The paths of the outputs, and what had to make way for them.
  /// - Throws: `PipelineError` for names that mean nothing, an output that is missing or of another
  ///   kind; `FileError` of kind `locked` when another process runs here; what reading and writing
  ///   throws.
  public func adopt(_ name: String, _ paths: [String: String]) throws -> Adoption {
    let stage = try adoptedStage(name, paths)
    try pipeline.workspace.refuseLinks()
    try prepareFolders([stage])
    let lock = try acquireLock()
    defer { lock.release() }
    try waitForStageLocks()
    var planner = try makePlanner(try StageSelection(options, in: pipeline))
    let previous = planner.manifest.stages[name]
    var adoption = Adoption()
    var record = StageRecord(
      status: .frozen, fingerprint: Fingerprint(of: stage, inputs: [:]),
      started: Date.now.formatted(.iso8601))
    record.finished = record.started
    record.notes = ["adopted"]
    record.environment = services.environment
    for output in stage.outputs {
      let place = pipeline.path(of: output, of: stage)
      let given = paths[output.port] ?? place
      let wanted = stage.outputKind(output.port)
      guard fileExists(given) else {
        throw PipelineError(
          .missingInput, at: output.port, "\(given): there is no such file or folder to adopt")
      }
      let makesWay = try fileExists(place) && !sameFile(given, place)
      let kind = try planner.verifier.identify(given).identity.kind
      if kind == "folder", wanted == "model", let importFolder = services.importFolder {
        try importFolder(given, place)
      } else {
        guard kind == wanted else {
          throw PipelineError(
            .badData, at: output.port, "\(given): is a \(kind), stage \(name) makes a \(wanted)")
        }
        if try !sameFile(given, place) { try copy(given, to: place) }
      }
      let (identity, signature) = try planner.verifier.identify(place)
      record.outputs.append(
        OutputRecord(
          port: output.port, name: output.name, path: place, digests: identity.digests,
          signature: signature))
      adoption.paths.append(place)
      let made = previous?.outputs.first { $0.port == output.port }
      if makesWay, made?.digests.content != identity.digests.content {
        adoption.losses.append("replaced the \(wanted) that \(Self.origin(of: made, previous))")
      }
    }
    let shelf = CheckpointShelf(pipeline.workspace, of: stage.name)
    if shelf.hasProgress {
      let step = services.checkpointStep(shelf.current).map { ", which was at step \($0)" } ?? ""
      adoption.losses.append("removed what it had begun\(step)")
    }
    try removeTree(shelf.current)
    if let previous {
      try AttemptArchive(pipeline.workspace).keep(previous, of: stage.name, planner.manifest)
    }
    planner.manifest.graph = pipeline.graphJSON
    planner.manifest.stages[stage.name] = record
    try planner.save()
    return adoption
  }

  /// Where an output comes from that makes way, as `the stage had made`.
  private static func origin(of output: OutputRecord?, _ record: StageRecord?) -> String {
    guard output != nil, let record else { return "lay in its place" }
    return record.status == .frozen ? "was adopted before" : "the stage had made"
  }

  private func adoptedStage(_ name: String, _ paths: [String: String]) throws -> PipelineStage {
    guard let stage = pipeline.stages.first(where: { $0.name == name }) else {
      let suggestion = Suggestion.clause(for: name, among: pipeline.stages.map(\.name))
      throw PipelineError(.usage, "there is no stage \"\(name)\"\(suggestion)")
    }
    let ports = stage.outputs.map(\.port)
    guard !ports.isEmpty else {
      throw PipelineError(.usage, "stage \(name) writes nothing that could be adopted")
    }
    for port in paths.keys.sorted() where !ports.contains(port) {
      let suggestion = Suggestion.clause(for: port, among: ports)
      throw PipelineError(.usage, "stage \(name) has no output \"\(port)\"\(suggestion)")
    }
    return stage
  }

  private func sameFile(_ first: String, _ second: String) throws -> Bool {
    guard fileExists(second) else { return false }
    let (left, right) = (try statSignature(first), try statSignature(second))
    return left.device == right.device && left.inode == right.inode
  }

  private func copy(_ path: String, to destination: String) throws {
    guard isFolder(path) else { return try AtomicFile.copy(path, to: destination) }
    try AtomicFolder.replace(destination) { folder in
      for name in try folderEntries(path) where !name.hasPrefix(".") {
        try AtomicFile.copy("\(path)/\(name)", to: "\(folder)/\(name)")
      }
    }
  }
}
