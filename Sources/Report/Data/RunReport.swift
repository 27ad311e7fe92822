internal import Files
package import Pipelines

/// All that one page shows of one workspace or several.
package struct RunReport: Sendable {
  /// The workspaces, in the order given.
  let workspaces: [ReportedWorkspace]
  /// What the models of the one workspace attend to; nil where that was not looked at.
  private(set) var attention: AttentionMaps?
  /// What could not be read, one line each.
  package var faults: [String] { workspaces.flatMap(\.faults) + others }
  private var others: [String] = []

  /// Reads workspaces, each once.
  ///
  /// - Throws: As `ReportedWorkspace`.
  package init(_ workspaces: [Workspace]) throws {
    var seen: Set<String> = []
    self.init(
      try workspaces.filter { seen.insert(canonicalPath($0.path)).inserted }
        .map { try ReportedWorkspace($0) })
  }

  /// What is at hand.
  init(_ workspaces: [ReportedWorkspace]) {
    let short = workspaces.map { Self.shortName($0.path) }
    var named = workspaces
    for place in named.indices {
      let isAlone = short.count { $0 == short[place] } == 1
      named[place].name = isAlone ? short[place] : workspaces[place].path
    }
    self.workspaces = named
  }

  /// Which models are to be asked what they attend to: those of the last evaluation of the workspace where
  /// it is the only one; nil where none has a teacher and a student.
  ///
  /// - Throws: Why they cannot be asked, in one line.
  package func attentionQuestion() throws -> AttentionQuestion? {
    guard workspaces.count == 1, let only = workspaces.first else { return nil }
    return try AttentionQuestion(only, in: Workspace(path: only.path))
  }

  /// Adds what its models attend to.
  ///
  /// - Parameters:
  ///   - maps: What is shown; nil for nothing.
  ///   - faults: What is left out, and why, a line each.
  package mutating func show(_ maps: AttentionMaps?, leavingOut faults: [String] = []) {
    attention = maps
    others += faults
  }

  /// The attempts that scored models: what these attend to changes with them alone.
  package var evaluated: [String] {
    workspaces.flatMap(\.current).filter { $0.kind == "evaluate" }.map { "\($0.id) \($0.status)" }
  }

  /// The page, self-contained.
  package var html: String { Page(self).document }

  /// The page for one that serves it: it looks now and then at `/version` beside it, and is loaded again when
  /// that is not `version` any more.
  package func servedHTML(version: String) -> String { Page(self, version: version).document }

  /// The last part of a path, without what the workspace of a stage command ends with.
  private static func shortName(_ path: String) -> String {
    var name = String(path.split(separator: "/").last { $0 != "." } ?? "")
    if name.hasSuffix(".distill"), name != ".distill" { name.removeLast(".distill".count) }
    return name.isEmpty || name == ".." ? path : name
  }
}
