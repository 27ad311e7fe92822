import ArgumentParser
import Files
import Pipelines

/// `distill runs list`: the attempts, a row each.
struct RunsListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the attempts at stages, the oldest first.",
    usage: "distill runs list [<places> ...] [--where <filter>] [options]",
    discussion: """
      Fields: \(AttemptField.facts.joined(separator: ", ")); metrics.NAME, options.NAME, inputs.PORT, \
      outputs.PORT, environment.NAME. Comparisons: = != < <= > >=, and ~ for a part of a text; and, or, \
      not, parentheses. CSV and JSON have every field.
      """)

  @OptionGroup var given: AttemptPlaces

  @OptionGroup var selection: AttemptSelection

  @Option(help: "Order by fields, such as 'metrics.dev_accuracy desc, started'.")
  var sort: String?

  @Option(help: "Show so many at most: the first of the order, else the newest.")
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "Show these fields too; may be repeated, or have commas between them.", valueName: "field"))
  var column: [String] = []

  @OptionGroup var format: AttemptFormatOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
  }

  func run() throws {
    let history = try given.history()
    var (attempts, fields) = try selection.attempts(of: history)
    let order = try sort.map { try AttemptOrder($0) }
    if let order {
      try AttemptFilter.check(order.keys.map(\.field), in: history.attempts, at: "--sort")
      fields += order.keys.map(\.field)
      attempts = order.sorted(attempts)
    }
    let columns = try column.flatMap { try AttemptOrder($0, at: "--column").keys.map(\.field) }
    try AttemptFilter.check(columns, in: history.attempts, at: "--column")
    if let limit {
      attempts = Array(order == nil ? attempts.suffix(limit) : attempts.prefix(limit))
    }
    let table = AttemptTable(attempts, among: history.attempts, showing: columns + fields)
    for line in try table.lines(format.chosen) { Output.data(line) }
  }
}
