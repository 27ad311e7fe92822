import ArgumentParser
import Files
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
    let report = DifferenceReport(
      MetricsDifference(from: try Self.read(a), to: try Self.read(b)), a: a, b: b)
    if format.json {
      Output.data(try report.difference.json.document("distill.metrics-diff/1"))
    } else {
      for line in format.markdown ? report.markdownLines : report.lines { Output.data(line) }
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
}
