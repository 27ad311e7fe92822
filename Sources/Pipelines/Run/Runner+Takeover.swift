internal import Files

extension Manifest {
  /// Whether nothing would be missed: no stage is done or can go on.
  ///
  /// That is what a command leaves behind that was refused when it began.
  ///
  /// - Throws: `FileError` if a folder cannot be read.
  func isOfNoValue(in workspace: Workspace) throws -> Bool {
    guard stages.values.allSatisfy({ !$0.status.hasOutputs }) else { return false }
    for folder in [workspace.checkpointsPath, workspace.runCachePath] where isFolder(folder) {
      let kept = try folderEntries(folder).filter { !$0.hasPrefix(".") }
      for name in kept where CheckpointShelf.holdsFiles("\(folder)/\(name)") { return false }
    }
    return true
  }
}

extension Runner {
  /// Remembers what the stages of another pipeline came to, of whose workspace nothing is missed, before this
  /// one's manifest takes the place of theirs.
  ///
  /// - Throws: `PipelineError` for a damaged manifest, `FileError` where it cannot be written.
  func keepAttemptsOfOthers() throws {
    guard let found = try Manifest.read(pipeline.workspace), found.pipeline != pipeline.name else {
      return
    }
    for (stage, record) in found.stages.sorted(by: { $0.key < $1.key }) {
      try AttemptArchive(pipeline.workspace).keep(record, of: stage, found)
    }
  }
}
