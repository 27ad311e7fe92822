internal import Files

extension Runner {
  /// Refuses to replace what is the user's: an output of a command may be named anything.
  func requireOurs(
    _ output: PipelineStage.Output, of stage: PipelineStage, _ manifest: Manifest
  ) throws {
    let isFolderWanted = stage.outputKind(output.port) == "folder"
    if isFolderWanted {
      // Whatever may be replaced, what else lies there is not for us to remove.
      try stage.kind.requireReplaceable(folder: pipeline.path(of: output, of: stage))
    }
    guard let path = output.path else { return }
    if !isFolderWanted { try AtomicFile.requireReplaceable(path) }
    guard fileExists(path), !options.overwrites else { return }
    let begun = manifest.graph.first { $0.member("stage") == .string(stage.name) }
    // Once a stage has begun, what is there is its own, or was there for it to replace. From another folder its
    // path is spelt differently, and what it made is known by its signature.
    let record = manifest.stages[stage.name]
    let outputs = record?.outputs ?? []
    let wasMadeHere =
      outputs.contains { $0.path == path }
      || (record != nil && begun?.member("paths")?.member(output.port) == .string(path))
      || (!outputs.isEmpty
        && (try? PathSignature(of: path)).map { outputs.map(\.signature).contains($0) } == true)
    let isOurs: Bool
    if isFolder(path) {
      isOurs = try wasMadeHere || folderEntries(path).isEmpty
    } else {
      isOurs = try statSignature(path).size == 0 || services.probe.isOurs(path, wasMadeHere)
    }
    guard isOurs else {
      throw FileError(
        .cannotCreate, path: path,
        detail: "is there and distill did not make it; name another output, or replace it with "
          + "--overwrite")
    }
  }

  /// Takes the workspace's lock, which `status` may hold for an instant.
  func acquireLock() throws -> FileLock {
    try FileLock.acquire(pipeline.workspace.lockPath, waitingAtMost: 0.2)
  }

  /// Sees to it that no stage's process of an earlier runner is left: it ends soon after its runner,
  /// but not at the same instant.
  ///
  /// - Throws: `FileError` of kind `locked` where one is still there after a second.
  func waitForStageLocks() throws {
    for stage in pipeline.stages {
      let path = pipeline.workspace.lockPath(of: stage.name)
      if fileExists(path) { try FileLock.acquire(path, waitingAtMost: 1).release() }
    }
  }

  /// Makes the folders that the stages write to, and shows that they can be written to, before any
  /// work is done.
  func prepareFolders(_ stages: [PipelineStage]) throws {
    let workspace = pipeline.workspace
    try ensureDirectory(workspace.artifactsPath)
    try ensureDirectory(workspace.locksPath)
    var folders = [workspace.path, workspace.artifactsPath]
    for stage in stages {
      for output in stage.outputs {
        let path = pipeline.path(of: output, of: stage)
        guard output.path == nil else {
          let folder = splitPath(path).folder
          try ensureDirectory(folder)
          folders.append(folder)
          continue
        }
        // The folders are there now: a link among them must not lead out.
        _ = try SafePath.resolve(
          String(path.dropFirst(workspace.path.count + 1)), beneath: workspace.path)
      }
    }
    for folder in folders.uniqued() { try probeWritable(folder) }
  }

  /// Removes what a killed process left half-written, under the lock.
  func removeLeftovers(_ stages: [PipelineStage]) throws {
    let workspace = pipeline.workspace
    var folders = [workspace.path, workspace.artifactsPath]
    for folder in [workspace.cachePath, workspace.runsPath] where isFolder(folder) {
      folders.append(folder)
    }
    for stage in pipeline.stages {
      let folder = workspace.checkpointFolder(of: stage.name)
      if isFolder(folder) { folders.append(folder) }
    }
    for path in stages.flatMap(\.outputs).compactMap(\.path) {
      let folder = splitPath(path).folder
      if isFolder(folder) { folders.append(folder) }
    }
    for folder in folders { try AtomicFile.removeLeftovers(in: folder) }
    try RunCache(workspace).removeLeftovers()
  }
}
