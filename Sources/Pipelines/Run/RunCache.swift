internal import Files

/// What attempts have made that others have followed, by fingerprint: going back to options and inputs
/// that were tried costs no more than reading what came of them.
///
/// ```
///   run-cache/<32 digits of the fingerprint>/attempt.json    the record of the attempt
///                                           /<port>          a file or folder for each output
/// ```
/// Everything in it is another name of the file that the stage wrote, where the file system has such. An
/// entry appears whole; what is in it is trusted only when its digests are those of the record.
struct RunCache {
  /// An entry that has what a stage would make.
  struct Entry {
    let path: String
    let attempt: AttemptRecord

    /// Where the output of a port lies in it.
    func place(of port: String) -> String { "\(path)/\(port)" }
  }

  static let recordName = "attempt.json"
  private let workspace: Workspace

  init(_ workspace: Workspace) { self.workspace = workspace }

  private func place(of fingerprint: Fingerprint) throws -> String {
    "\(workspace.runCachePath)/\(try fingerprint.digest().hexadecimal.prefix(32))"
  }

  /// Keeps what an attempt has made, which is about to be replaced.
  ///
  /// Nothing is kept of one whose outputs are not what it wrote.
  ///
  /// - Parameters:
  ///   - record: The attempt, as the archive remembers it already.
  ///   - stage: Its stage.
  /// - Returns: Why it could not be kept; nil where it was, or there is nothing to keep.
  /// - Throws: `FileError` where it cannot be written.
  func keep(_ record: StageRecord, of stage: String) throws -> String? {
    guard record.status == .done, record.outputs.allSatisfy(Self.isUnchanged) else { return nil }
    let id = try AttemptRecord.id(of: record, stage: stage)
    let place = try place(of: record.fingerprint)
    if let known = try? read(place), known.attempt.id == id { return nil }
    let bytes = try record.outputs.reduce(0) { $0 + (try treeSize($1.path)) }
    let free = try freeBytes(in: workspace.path)
    // What takes its place needs as much, and has nothing to share with it.
    guard free >= bytes else {
      return "what attempt \(id.prefix(8)) made is not kept: the disk has less room left than that "
        + "takes; `distill clean` makes room"
    }
    try ensureDirectory(workspace.runCachePath)
    try AtomicFolder.replace(place) { folder in
      for output in record.outputs where Name.fault(output.port) == nil {
        try LinkedCopy.put(output.path, at: "\(folder)/\(output.port)")
      }
      try LinkedCopy.put(workspace.attemptPath(id), at: "\(folder)/\(Self.recordName)")
    }
    return nil
  }

  private static func isUnchanged(_ output: OutputRecord) -> Bool {
    (try? PathSignature(of: output.path)) == output.signature
  }

  /// The entry that has what `stage` would make under `fingerprint`; nil where there is none.
  func find(_ fingerprint: Fingerprint, for stage: PipelineStage) throws -> Entry? {
    guard let entry = try? read(try place(of: fingerprint)) else { return nil }
    let record = entry.attempt.record
    let ports = Set(record.outputs.map(\.port))
    guard record.status == .done, record.fingerprint == fingerprint,
      entry.attempt.stage == stage.name,
      stage.outputs.allSatisfy({ ports.contains($0.port) && fileExists(entry.place(of: $0.port)) })
    else { return nil }
    return entry
  }

  /// Whether what an entry has for `stage` still is what was written, to the last byte.
  ///
  /// - Throws: What interrupts reading.
  func isIntact(
    _ entry: Entry, for stage: PipelineStage, _ verifier: ContentVerifier
  ) throws -> Bool {
    for output in stage.outputs {
      guard let known = entry.attempt.record.outputs.first(where: { $0.port == output.port })
      else { return false }
      do {
        let found = try verifier.identify(entry.place(of: output.port))
        guard found.identity.digests == known.digests else { return false }
      } catch let interruption as StageInterruption {
        throw interruption
      } catch {
        return false
      }
    }
    return true
  }

  /// Removes an entry.
  func remove(_ entry: Entry) throws { try removeTree(entry.path) }

  /// Removes what a killed process left half-made.
  func removeLeftovers() throws {
    for name in try names(hidden: true) { try removeTree("\(workspace.runCachePath)/\(name)") }
  }

  /// Every entry by its path; nil for one whose record is damaged.
  func entries() throws -> [(path: String, entry: Entry?)] {
    try names(hidden: false).map { name in
      let path = "\(workspace.runCachePath)/\(name)"
      return (path, try? read(path))
    }
  }

  private func names(hidden: Bool) throws -> [String] {
    let folder = workspace.runCachePath
    guard isFolder(folder), !isLink(folder) else { return [] }
    return try folderEntries(folder).filter { $0.hasPrefix(".") == hidden }
  }

  /// The entry at `path`.
  ///
  /// - Throws: `PipelineError` naming the file where its record is damaged; `FileError` if it cannot be
  ///   read.
  func read(_ path: String) throws -> Entry {
    let attempt = try SealedDocument.read(
      "\(path)/\(Self.recordName)", name: "attempt", limit: AttemptRecord.sizeLimit,
      cure: "remove \(printable(path)): the stage will run again, nothing else is lost",
      AttemptRecord.init(json:))
    return Entry(path: path, attempt: attempt)
  }
}

extension Workspace {
  /// How much the run cache holds: attempts, and bytes that removing it would free.
  ///
  /// - Throws: `FileError` if it cannot be examined.
  public func runCacheUse() throws -> (attempts: Int, bytes: Int) {
    (try RunCache(self).entries().count, try soleSize(runCachePath))
  }
}
