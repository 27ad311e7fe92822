internal import Files
package import Pipelines

/// All that one page shows of one workspace or several.
package struct RunReport: Sendable {
  /// The workspaces, in the order given.
  let workspaces: [ReportedWorkspace]
  /// What could not be read, one line each.
  package var faults: [String] { workspaces.flatMap(\.faults) }

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

  /// The page, self-contained.
  package var html: String { Page(self).document }

  /// The last part of a path, without what the workspace of a stage command ends with.
  private static func shortName(_ path: String) -> String {
    var name = String(path.split(separator: "/").last { $0 != "." } ?? "")
    if name.hasSuffix(".distill"), name != ".distill" { name.removeLast(".distill".count) }
    return name.isEmpty || name == ".." ? path : name
  }
}
