import ArgumentParser
import Files
import Pipelines

/// `distill runs best`: the attempt with the best value of a metric.
struct RunsBestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "best", abstract: "Show the attempt with the best value of a metric.",
    usage: "distill runs best [<places> ...] --metric <metric> [options]")

  @OptionGroup var given: AttemptPlaces

  @Option(help: "The metric, such as dev_accuracy.")
  var metric: String

  @Flag(
    exclusivity: .exclusive,
    help: "Which value is the best; otherwise the name tells: losses, errors and times are low.")
  var direction: Direction?

  @OptionGroup var selection: AttemptSelection

  @OptionGroup var format: AttemptFormatOptions

  enum Direction: String, EnumerableFlag { case highest, lowest }

  func run() throws {
    let history = try given.history()
    let name = metric.hasPrefix("metrics.") ? String(metric.dropFirst(8)) : metric
    let field = AttemptField(.metrics, name)
    try AttemptFilter.check([field], in: history.attempts, at: "--metric")
    let attempts = try selection.attempts(of: history).attempts.filter { attempt in
      if case .number(let value) = attempt[field] { !value.isNaN } else { false }
    }
    let wanted = direction ?? (MetricName.isBetterLow(name) ? .lowest : .highest)
    let order = AttemptOrder([.init(field, isDescending: wanted == .highest)])
    guard let best = order.sorted(attempts).first, let value = best[field] else {
      throw PipelineError(
        .missingInput, at: "--where",
        "no attempt that it names has \(field) as a number; ask for less")
    }
    let recorded = try given.series(of: best)
    if format.chosen != .csv, format.chosen != .json {
      let count = attempts.count == 1 ? "the only attempt" : "of \(attempts.count) attempts"
      Output.error("\(wanted.rawValue) \(printable(name)) \(count): \(value.text)")
    }
    for line in try AttemptSheet(best, recorded).lines(format.chosen) { Output.data(line) }
  }
}
