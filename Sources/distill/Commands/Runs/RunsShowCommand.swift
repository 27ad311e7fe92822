import ArgumentParser
import Files
import Pipelines

/// `distill runs show`: all that is remembered of one attempt.
struct RunsShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show all that is remembered of one attempt.",
    usage: "distill runs show <attempt> [<places> ...] [--series] [options]")

  @Argument(help: "The attempt: its identity or the beginning of it, a stage, or STAGE~1.")
  var attempt: String

  @OptionGroup var given: AttemptPlaces

  @Flag(help: "Print its losses and scores over its course instead, a row each.")
  var series = false

  @OptionGroup var format: AttemptFormatOptions

  func run() throws {
    let attempt = try AttemptReference.find(attempt, in: try given.history())
    let recorded = try given.series(of: attempt)
    let lines =
      series
      ? try SeriesTable(attempt, recorded).lines(format.chosen)
      : try AttemptSheet(attempt, recorded).lines(format.chosen)
    for line in lines { Output.data(line) }
  }
}
