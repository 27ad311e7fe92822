internal import Files

/// What unfinished stages had come to before their options or inputs were changed.
///
/// A checkpoint of other options or inputs is never gone on from. But a change may be a slip: what it
/// leaves behind is set aside, one at a time, until the stage is done, and is taken up again when the
/// change is undone. It lies beside the stage's checkpoints, under a name that no stage has.
struct CheckpointShelf {
  private let workspace: Workspace
  private let stage: String

  /// The shelf of a stage.
  init(_ workspace: Workspace, of stage: String) {
    self.workspace = workspace
    self.stage = stage
  }

  /// What the stage has come to under the options and inputs of now.
  var current: String { workspace.checkpointFolder(of: stage) }

  /// Whether there is anything in `current`.
  var hasProgress: Bool { Self.holdsFiles(current) }

  /// Whether what was done under `fingerprint` is set aside.
  func holds(_ fingerprint: Fingerprint) throws -> Bool {
    Self.holdsFiles(try place(of: fingerprint))
  }

  /// Where what was done under `fingerprint` lies, or would.
  func place(of fingerprint: Fingerprint) throws -> String {
    "\(current)~\(try fingerprint.digest().hexadecimal.prefix(32))"
  }

  /// Takes what was done under `fingerprint` out of the way, in the place of what else is set aside,
  /// but for `kept`.
  func setAside(_ fingerprint: Fingerprint, keeping kept: Fingerprint) throws {
    guard hasProgress else { return try removeTree(current) }
    try clear(but: [try place(of: kept)])
    try moveInPlace(current, to: try place(of: fingerprint))
  }

  /// Takes up again what was done under `fingerprint`, where it is set aside and nothing is in its way.
  func takeBack(_ fingerprint: Fingerprint) throws {
    guard try holds(fingerprint), !hasProgress else { return }
    try removeTree(current)
    try moveInPlace(try place(of: fingerprint), to: current)
  }

  /// Removes what is set aside.
  func clear() throws { try clear(but: []) }

  private func clear(but kept: Set<String>) throws {
    guard isFolder(workspace.checkpointsPath) else { return }
    for name in try folderEntries(workspace.checkpointsPath) where name.hasPrefix(stage + "~") {
      let path = workspace.checkpointsPath + "/" + name
      if !kept.contains(path) { try removeTree(path) }
    }
  }

  /// Whether a stage has kept anything in `folder`.
  static func holdsFiles(_ folder: String) -> Bool {
    ((try? folderEntries(folder)) ?? []).contains { !$0.hasPrefix(".") }
  }
}
