import ArgumentParser
import Files
import Foundation
import Pipelines
import Stages

/// `distill metrics diff`: two pipelines side by side, metric by metric, with what differs in what
/// made them.
struct MetricsDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Compare the final metrics of two pipelines.",
    discussion: """
      Each side is a pipeline file, a workspace (the folder of a manifest.json), what a stage command \
      wrote, or a file that `distill metrics --json` printed.
      """)

  @Argument(help: "What to compare with.")
  var a: String

  @Argument(help: "What is compared.")
  var b: String

  @OptionGroup var format: MetricsFormat

  func run() throws {
    let difference = MetricsDifference(from: try Self.read(a), to: try Self.read(b))
    if format.json {
      Output.data(try difference.json.indented())
      return
    }
    Output.data("a: \(a)")
    // Markdown makes one paragraph of neighbouring lines.
    if format.markdown { Output.data("") }
    Output.data("b: \(b)")
    for stage in difference.stages {
      Output.data("")
      Output.data(format.markdown ? "### \(stage.name)" : Output.strong(stage.name))
      for line in Self.lines(stage, format) { Output.data(line) }
    }
  }

  /// The metrics of one side.
  private static func read(_ path: String) throws -> RecordedMetrics {
    let isPipelineFile = path.hasSuffix(".yaml") || path.hasSuffix(".yml")
    if !isPipelineFile, !isFolder(path), Place.workspace(of: path) == nil,
      try BoundedReader.text(at: path, limit: 64 << 20).first(where: { !$0.isWhitespace }) == "{"
    {
      return try RecordedMetrics(document: path)
    }
    return switch try Place(path) {
    case .workspace(let workspace): try RecordedMetrics(in: workspace)
    case .pipeline(let pipeline): try RecordedMetrics(of: pipeline)
    }
  }

  /// What is different about a stage, and its metrics.
  private static func lines(
    _ stage: MetricsDifference.Stage, _ format: MetricsFormat
  ) -> [String] {
    var changes = stage.changes
    if let side = stage.side { changes.insert("only in \(side)", at: 0) }
    var table = Table(["metric", "a", "b", "b - a", "relative"])
    table.rows = stage.rows.map { row in
      [
        row.name, text(row.a), text(row.b), text(row.difference, isSigned: true),
        row.relativeChange.map { String(format: "%+.1f %%", $0 * 100) } ?? "",
      ]
    }
    let metrics = stage.rows.isEmpty ? [] : format.markdown ? table.markdownLines : table.lines
    if format.markdown {
      return changes.map { "- \($0)" } + (metrics.isEmpty ? [] : [""] + metrics)
    }
    return (changes + metrics).map { "  \($0)" }
  }

  /// A number; empty where there is none.
  private static func text(_ value: Double?, isSigned: Bool = false) -> String {
    guard let value else { return "" }
    guard value.isFinite else { return "\(value)" }
    return (isSigned && value > 0 ? "+" : "") + Figure.text(value)
  }
}
