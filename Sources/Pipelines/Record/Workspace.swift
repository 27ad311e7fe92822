internal import Files

/// The folder a pipeline works in, and where everything lies in it.
public struct Workspace: Sendable, Equatable {
  /// The folder.
  public let path: String

  /// The workspace at `path`.
  public init(path: String) { self.path = path }

  /// What is: the record of every stage.
  public var manifestPath: String { path + "/manifest.json" }
  /// The lock that a running process holds.
  public var lockPath: String { path + "/lock" }
  /// The lock that whoever runs a stage holds.
  public func lockPath(of stage: String) -> String { locksPath + "/" + stage }
  /// Where the locks of stages lie.
  public var locksPath: String { path + "/locks" }
  /// Where finished outputs lie.
  public var artifactsPath: String { path + "/artifacts" }
  /// Where the metrics of each stage's last attempt are appended.
  public var metricsPath: String { path + "/metrics.jsonl" }

  /// How far a run is that works here now; what a killed one left there means nothing.
  public var progressPath: String { path + "/progress.json" }

  /// Where every attempt at a stage is remembered, also when others have followed.
  public var runsPath: String { path + "/runs" }
  /// What is remembered of an attempt.
  func attemptPath(_ id: String) -> String { "\(runsPath)/\(Name.sanitized(id)).json" }
  /// Where the numbers of an attempt that another one has followed lie, as lines of `metrics.jsonl`.
  public func seriesPath(of attempt: String) -> String {
    "\(runsPath)/\(Name.sanitized(attempt)).metrics.jsonl"
  }

  /// Where numbers are written for TensorBoard.
  public var tensorBoardPath: String { path + "/tensorboard" }
  /// Where numbers are written as one table.
  public var tablePath: String { path + "/metrics.csv" }
  /// Where it is remembered what tracking servers have of this.
  public var trackingPath: String { path + "/tracking" }

  /// Where outputs of attempts are kept that others have followed; it may be removed at any time.
  public var runCachePath: String { path + "/run-cache" }

  /// Where stages keep what is costly to compute and of use to others; it may be removed at any time.
  public var cachePath: String { path + "/cache" }

  /// What the names of files begin with that hold what came through standard input.
  public static let standardInputPrefix = "standard-input-"

  /// Where stages keep what they need to go on.
  var checkpointsPath: String { path + "/checkpoints" }
  /// Where a stage keeps what it needs to go on.
  public func checkpointFolder(of stage: String) -> String { checkpointsPath + "/" + stage }

  /// Where the output `name` lies: a folder for the kind `folder`, a file with its own name for
  /// the kind `file`, else an HDF5 artifact.
  public func artifactPath(_ name: String, kind: String) -> String {
    artifactsPath + "/" + name + (kind == "folder" || kind == "file" ? "" : ".h5")
  }

  /// Resolves the `workspace:` of a pipeline file, which must stay beneath the file's folder; `.` is that
  /// folder itself.
  static func resolve(_ relative: String, beneath folder: String) throws -> Workspace {
    if relative == "." { return Workspace(path: folder) }
    let path = try SafePath.resolve(relative, beneath: folder)
    return Workspace(path: path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
  }
}

/// The rule for names of pipelines, stages, sources and artifacts, which become file names.
enum Name {
  /// What is wrong with `name`, nil when nothing is.
  static func fault(_ name: String) -> String? {
    guard !name.isEmpty else { return "a name cannot be empty" }
    guard name.utf8.count <= 200 else { return "the name is longer than 200 bytes" }
    guard name.utf8.allSatisfy(isAllowed) else {
      return "the name \"\(printable(name))\" may hold letters, digits and . _ @ = - only"
    }
    guard let first = name.utf8.first, first != UInt8(ascii: "."), first != UInt8(ascii: "-") else {
      return "the name \"\(name)\" may not begin with . or -"
    }
    return nil
  }

  /// `text` with everything that a name may not hold replaced by `_`.
  static func sanitized(_ text: String) -> String {
    let letters = text.utf8.prefix(100).map { isAllowed($0) ? $0 : UInt8(ascii: "_") }
    let name = String(decoding: letters, as: UTF8.self)
    return fault(name) == nil ? name : "x" + name
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "@"), UInt8(ascii: "="), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
