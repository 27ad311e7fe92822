import ArgumentParser
import Files
import Pipelines

/// `distill runs diff`: two attempts, metric by metric, with what differs in what made them.
struct RunsDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two attempts, with what differs in what made them.",
    usage: "distill runs diff <a> <b> [<places> ...] [options]",
    discussion: "`distill metrics diff` compares whole pipelines as they stand.")

  @Argument(help: "The attempt to compare with: an identity, a stage, or STAGE~1.")
  var a: String

  @Argument(help: "The attempt that is compared.")
  var b: String

  @OptionGroup var given: AttemptPlaces

  @OptionGroup var format: AttemptFormatOptions

  func run() throws {
    let history = try given.history()
    let (before, after) = (
      try AttemptReference.find(a, in: history), try AttemptReference.find(b, in: history)
    )
    let report = DifferenceReport(
      MetricsDifference(from: before, to: after), a: Self.name(before), b: Self.name(after))
    switch format.chosen {
    case .text: for line in report.lines { Output.data(line) }
    case .markdown: for line in report.markdownLines { Output.data(line) }
    case .csv: for line in report.csvLines { Output.data(line) }
    case .json: Output.data(try report.difference.json.document("distill.metrics-diff/1"))
    }
  }

  private static func name(_ attempt: Attempt) -> String {
    printable("\(attempt.shortID), \(attempt.stage), began \(attempt.started), \(attempt.status)")
  }
}
