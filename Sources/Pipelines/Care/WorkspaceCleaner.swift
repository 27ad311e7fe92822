public import Files

/// What was removed from a workspace, or would be.
public struct Cleaning: Sendable {
  /// One file or folder.
  public struct Item: Sendable, Equatable {
    /// Where it was.
    public let path: String
    /// Bytes of all files in it.
    public let bytes: Int
    /// Why nothing needs it.
    public let reason: String
  }

  /// Everything, in the order of the folders.
  public internal(set) var items: [Item] = []
  /// Whether it was only looked for.
  public let isDryRun: Bool

  /// What the run cache still holds: attempts, and the bytes that removing it would free.
  public internal(set) var runCache: (attempts: Int, bytes: Int) = (0, 0)

  /// Bytes of everything.
  public var bytes: Int { items.reduce(0) { $0 + $1.bytes } }

  /// The outcome as a JSON document.
  public var json: JSONValue {
    .object(
      JSONObject([
        ("dry_run", .boolean(isDryRun)), ("bytes", .integer(bytes)),
        ("run_cache_attempts", .integer(runCache.attempts)),
        ("run_cache_bytes", .integer(runCache.bytes)),
        (
          "removed",
          .array(
            items.map {
              .object(
                JSONObject([
                  ("path", .string($0.path)), ("bytes", .integer($0.bytes)),
                  ("reason", .string($0.reason)),
                ]))
            })
        ),
      ]))
  }
}

/// Removes from a workspace what no record of its manifest refers to.
///
/// Only what lies in the folders for artifacts, checkpoints and caches is ever removed, and what was
/// left half-written beside them. Links are removed themselves, never followed.
public struct WorkspaceCleaner {
  private let workspace: Workspace
  private let pipeline: Pipeline?
  private let removesCaches: Bool
  private let limits: RunCacheLimits
  private let isDryRun: Bool

  /// A cleaner of a workspace.
  ///
  /// - Parameters:
  ///   - workspace: The workspace.
  ///   - pipeline: The pipeline that works there, where its file is known.
  ///   - removesCaches: Whether caches go too; they cost time to make again.
  ///   - limits: How much of the run cache stays otherwise.
  ///   - isDryRun: Whether to look only.
  public init(
    _ workspace: Workspace, of pipeline: Pipeline?, removesCaches: Bool,
    limits: RunCacheLimits = RunCacheLimits(), isDryRun: Bool
  ) {
    self.workspace = workspace
    self.pipeline = pipeline
    self.removesCaches = removesCaches
    self.limits = limits
    self.isDryRun = isDryRun
  }

  /// Removes what nothing refers to, under the workspace's lock.
  ///
  /// - Returns: What was removed.
  /// - Throws: `PipelineError` where nothing has run, or where the manifest is damaged or of another
  ///   pipeline; `FileError` of kind `locked` where a process runs here, and where something cannot
  ///   be removed.
  public func clean() throws -> Cleaning {
    guard fileExists(workspace.manifestPath) else {
      throw PipelineError(
        .missingInput, at: workspace.path,
        "there is no manifest that says what is needed; nothing is removed")
    }
    let lock = try FileLock.acquire(workspace.lockPath, waitingAtMost: 0.2)
    defer { lock.release() }
    // A stage's process ends soon after its runner, but not at the same instant.
    for name in try entries(workspace.locksPath) where !name.hasPrefix(".") {
      try FileLock.acquire(workspace.locksPath + "/" + name, waitingAtMost: 1).release()
    }
    guard let manifest = try Manifest.read(workspace) else {
      throw PipelineError(.missingInput, at: workspace.manifestPath, "was removed meanwhile")
    }
    guard pipeline == nil || manifest.pipeline == pipeline?.name else {
      throw PipelineError(
        .badPipeline, at: workspace.path,
        "this is the workspace of pipeline \(manifest.pipeline); nothing is removed")
    }
    var cleaning = Cleaning(isDryRun: isDryRun)
    try cleanTop(manifest, &cleaning)
    try cleanArtifacts(manifest, &cleaning)
    try cleanCheckpoints(manifest, &cleaning)
    try cleanUnfinished(workspace.runsPath, &cleaning)
    try cleanCaches(&cleaning)
    try cleanRunCache(&cleaning)
    cleaning.runCache = try workspace.runCacheUse()
    return cleaning
  }

  private func remove(_ path: String, _ reason: String, _ cleaning: inout Cleaning) throws {
    // What has another name elsewhere stays there.
    cleaning.items.append(
      Cleaning.Item(path: path, bytes: try soleSize(path), reason: reason))
    if !isDryRun { try removeTree(path) }
  }

  /// The names in one of the workspace's folders; none where it is not there, or a link.
  private func entries(_ folder: String) throws -> [String] {
    guard isFolder(folder), !isLink(folder) else { return [] }
    return try folderEntries(folder)
  }

  private func cleanTop(_ manifest: Manifest, _ cleaning: inout Cleaning) throws {
    let read = Set(manifest.stages.values.flatMap(\.inputs).map { splitPath($0.path).name })
    for name in try folderEntries(workspace.path) {
      if AtomicFile.isUnfinished(name) {
        try remove(workspace.path + "/" + name, "left half-written", &cleaning)
      } else if workspace.path + "/" + name == workspace.progressPath {
        try remove(workspace.progressPath, "how far a run was that was killed", &cleaning)
      } else if name.hasPrefix(Workspace.standardInputPrefix), !read.contains(name) {
        try remove(
          workspace.path + "/" + name, "standard input that no stage is recorded to have read",
          &cleaning)
      }
    }
  }

  /// What no record names stays only where a stage that is not done will replace it.
  private func cleanArtifacts(_ manifest: Manifest, _ cleaning: inout Cleaning) throws {
    var kept = Set(
      manifest.stages.values.flatMap(\.outputs).map { splitPath($0.path).name })
    let waiting = manifest.stages.filter { !$0.value.status.hasOutputs }
    if let pipeline {
      for stage in pipeline.stages where waiting[stage.name] != nil {
        kept.formUnion(stage.outputs.map { splitPath(pipeline.path(of: $0, of: stage)).name })
      }
    } else {
      for stage in manifest.graph where waiting[stage.member("stage")?.string ?? ""] != nil {
        let names = stage.member("outputs")?.object?.members.compactMap(\.value.string) ?? []
        kept.formUnion(names + names.map { $0 + ".h5" })
      }
    }
    for name in try entries(workspace.artifactsPath) where !kept.contains(name) {
      let reason =
        AtomicFile.isUnfinished(name) ? "left half-written" : "no stage is recorded to have made it"
      try remove(workspace.artifactsPath + "/" + name, reason, &cleaning)
    }
  }

  private func cleanCheckpoints(_ manifest: Manifest, _ cleaning: inout Cleaning) throws {
    let folder = workspace.checkpointsPath
    for name in try entries(folder) {
      let path = folder + "/" + name
      guard let record = manifest.stages[name], !record.status.hasOutputs else {
        let isAside = manifest.stages[name] == nil && name.contains("~")
        let reason =
          isAside
          ? "set aside when options or inputs changed"
          : manifest.stages[name] == nil ? "no such stage is recorded" : "the stage is done"
        // What is no folder of a stage is not the program's.
        if isFolder(path) && !isLink(path) { try remove(path, reason, &cleaning) }
        continue
      }
      try cleanUnfinished(path, &cleaning)
    }
  }

  private func cleanCaches(_ cleaning: inout Cleaning) throws {
    guard removesCaches else { return try cleanUnfinished(workspace.cachePath, &cleaning) }
    for name in try entries(workspace.cachePath) {
      try remove(workspace.cachePath + "/" + name, "a cache", &cleaning)
    }
  }

  private func cleanRunCache(_ cleaning: inout Cleaning) throws {
    let folder = workspace.runCachePath
    for name in try entries(folder) where removesCaches || name.hasPrefix(".") {
      try remove(
        folder + "/" + name, removesCaches ? "a cache" : "left half-written", &cleaning)
    }
    guard !removesCaches else { return }
    for (path, reason) in try RunCachePruning(limits).overdue(in: RunCache(workspace)) {
      try remove(path, reason, &cleaning)
    }
  }

  /// Removes what is half-written in a folder and in those within it.
  private func cleanUnfinished(_ folder: String, _ cleaning: inout Cleaning) throws {
    for name in try entries(folder) {
      let path = folder + "/" + name
      if AtomicFile.isUnfinished(name) {
        try remove(path, "left half-written", &cleaning)
      } else {
        try cleanUnfinished(path, &cleaning)
      }
    }
  }
}
