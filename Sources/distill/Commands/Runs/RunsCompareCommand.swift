import ArgumentParser
import Files
import Pipelines

/// `distill runs compare`: attempts side by side, a column each: what differs in what made them, and in
/// their metrics.
struct RunsCompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare attempts side by side: what differs in what made them and in metrics.",
    usage: "distill runs compare [<places> ...] [--where <filter>] [options]",
    discussion: """
      Those that --attempt or --where names stand in one table; without them, the attempts at each \
      stage stand in a table of their own. CSV and JSON have one table with every metric.
      """)

  @OptionGroup var given: AttemptPlaces

  @Option(
    help: ArgumentHelp(
      "Compare this attempt, by identity or as STAGE~1; may be repeated.", valueName: "name"))
  var attempt: [String] = []

  @Flag(help: "Show what is the same in all of them too.")
  var all = false

  @OptionGroup var selection: AttemptSelection

  @OptionGroup var format: AttemptFormatOptions

  func validate() throws {
    if !attempt.isEmpty, selection.filter != nil {
      throw ValidationError("--attempt and --where exclude each other")
    }
  }

  func run() throws {
    let history = try given.history()
    let attempts =
      attempt.isEmpty
      ? try selection.attempts(of: history).attempts
      : try attempt.map { try AttemptReference.find($0, in: history) }
    let comparison = AttemptComparison(
      attempts, showsAll: all, isByStage: attempt.isEmpty && selection.filter == nil)
    let width = Output.width ?? 100
    for line in try comparison.lines(format.chosen, within: width) { Output.data(line) }
  }
}
