internal import Files

extension Runner {
  /// Looks for everything that can be found wrong before any work, or any folder is made.
  func checkBeforeWork(_ selection: StageSelection, _ planner: borrowing Planner) throws {
    let working = selection.selected.subtracting(planner.unneeded(of: selection))
    let stages = pipeline.stages.filter { working.contains($0.name) && !planner.isFrozen($0) }
    for stage in stages {
      do {
        _ = try stage.kind.init(stage.options)
      } catch {
        throw PipelineError(.usage, at: stage.name, "\(error)")
      }
    }
    try checkSources(stages)
    try checkOutputs(stages, planner.manifest)
  }

  /// Refuses to replace what is the user's: an output of a command may be named anything.
  private func checkOutputs(_ stages: [PipelineStage], _ manifest: Manifest) throws {
    for stage in stages {
      let begun = manifest.graph.first { $0.member("stage") == .string(stage.name) }
      for output in stage.outputs {
        guard let path = output.path else { continue }
        if stage.outputKind(output.port) != "folder" {
          try AtomicFile.requireReplaceable(path)
        } else if fileExists(path), !isFolder(path) {
          throw FileError(
            .cannotCreate, path: path, detail: "a file of this name is in the way of the folder")
        }
        guard fileExists(path), !options.overwrites else { continue }
        // Once a stage has begun, what is there is its own, or was there for it to replace.
        let record = manifest.stages[stage.name]
        let wasMadeHere =
          record.map { $0.outputs.contains { $0.path == path } } ?? false
          || (record != nil && begun?.member("paths")?.member(output.port) == .string(path))
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
    }
  }

  /// A path as the pipeline's file has it, beside which it is looked for.
  private func written(_ path: String) -> String {
    guard let file = pipeline.file else { return path }
    let folder = splitPath(file).folder + "/"
    return path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
  }

  /// All sources that are missing are named together.
  private func checkSources(_ stages: [PipelineStage]) throws {
    let names = Set(stages.flatMap { $0.inputs.flatMap(\.names) })
    var faults: [PipelineFault] = []
    for source in pipeline.sources where names.contains(source.name) {
      for path in source.paths where !fileExists(path) {
        // On a command line the path says it all; the name was made for it.
        let keyPath = pipeline.file == nil ? "" : "sources.\(source.name)"
        faults.append(
          PipelineFault(
            file: pipeline.file, location: source.location, keyPath: keyPath,
            message: "\(path): there is no such file or folder"
              + services.missingAdvice(path, written(path))))
      }
    }
    guard faults.isEmpty else { throw PipelineError(.missingInput, faults: faults) }
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
    for folder in [workspace.cachePath] where isFolder(folder) { folders.append(folder) }
    for stage in pipeline.stages {
      let folder = workspace.checkpointFolder(of: stage.name)
      if isFolder(folder) { folders.append(folder) }
    }
    for path in stages.flatMap(\.outputs).compactMap(\.path) {
      let folder = splitPath(path).folder
      if isFolder(folder) { folders.append(folder) }
    }
    for folder in folders { try AtomicFile.removeLeftovers(in: folder) }
  }
}
