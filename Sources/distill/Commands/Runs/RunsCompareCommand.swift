import ArgumentParser
import Files
import Pipelines

/// `distill runs compare`: attempts side by side, a column each: what differs in what made them, and
/// their metrics.
struct RunsCompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare attempts side by side: what differs in what made them, and their metrics.",
    usage: "distill runs compare [<places> ...] [--where <filter>] [options]")

  @OptionGroup var given: AttemptPlaces

  @Option(
    help: ArgumentHelp(
      "Compare this attempt, by identity or as STAGE~1; may be repeated.", valueName: "name"))
  var attempt: [String] = []

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
    let comparison = AttemptComparison(attempts)
    for line in try comparison.lines(format.chosen) { Output.data(line) }
  }
}
