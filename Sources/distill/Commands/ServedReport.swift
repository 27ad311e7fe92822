import Files
import HTTP
import Pipelines
import Report
import Synchronization

/// A report that is made again when the record has changed, for those who look at it while a run goes.
final class ServedReport: Sendable {
  private struct Made {
    let version: String
    let page: String
    /// What the models attend to, which takes longest: of the same evaluation it stays.
    let attention: ReportAttention.Found?
    let key: [String]
  }

  private let workspaces: [Workspace]
  private let sentences: [String]
  private let threads: Int
  private let made = Mutex<Made?>(nil)

  /// A report of these workspaces.
  ///
  /// - Throws: Why there is none to begin with.
  init(_ workspaces: [Workspace], sentences: [String], threads: Int) throws {
    self.workspaces = workspaces
    self.sentences = sentences
    self.threads = threads
    _ = try page()
  }

  /// What is at a path; nil where nothing is.
  func answer(_ path: String) -> LoopbackServer.Answer? {
    switch path {
    case "/":
      do {
        return .init(try page(), type: "text/html")
      } catch {
        return .init("\(briefly("\(error)"))\n", type: "text/plain", status: 500)
      }
    case "/version": return .init(version, type: "text/plain")
    default: return nil
    }
  }

  /// Another text whenever the record has changed.
  private var version: String {
    let signatures = workspaces.flatMap { workspace in
      [workspace.manifestPath, workspace.metricsPath, workspace.runsPath].map { path in
        (try? statSignature(path)).map { "\($0.inode) \($0.size) \($0.modificationTime)" } ?? "none"
      }
    }
    return String(Digest.of(signatures.joined(separator: "\n")).hexadecimal.prefix(16))
  }

  /// The page of the record as it is; several who ask wait for one that makes it.
  private func page() throws -> String {
    try made.withLock { made in
      // What changes while the page is made makes another version.
      let version = version
      if let made, made.version == version { return made.page }
      var report = try RunReport(workspaces)
      let key = report.evaluated
      let known = made.flatMap { $0.key == key ? $0.attention : nil }
      let attention =
        known ?? ReportAttention.find(report, sentences: sentences, threads: threads)
      report.show(attention.maps, leavingOut: attention.faults)
      let page = report.servedHTML(version: version)
      made = Made(version: version, page: page, attention: attention, key: key)
      return page
    }
  }
}
