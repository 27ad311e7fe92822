import Files
import Pipelines
import Stages

/// The text of a stage command's `--help`, and of `--help-all`.
struct StageHelp {
  /// Where descriptions begin; a flag too long for that has its description on the next line.
  private static let indent = 34
  /// Lines are no longer than this, however wide the terminal: they would be hard to read.
  private static let most = 120
  /// Nor narrower, since flags have their own width.
  private static let least = 60

  private let command: String
  private let showsAll: Bool
  private let width: Int
  /// What is shown as an option's default in place of its own, by its name.
  private let defaults: [String: String]
  private var lines: [String] = []

  /// Help about a command.
  ///
  /// - Parameters:
  ///   - command: Its name.
  ///   - summary: What it does.
  ///   - inputs: What it reads.
  ///   - outputs: What it writes.
  ///   - fields: Its options.
  ///   - defaults: What is shown as an option's default in place of its own, by its name.
  ///   - showsAll: Whether options that few need are shown too.
  ///   - width: Columns of the terminal; nil for those of standard output, 80 where it is none.
  init(
    command: String, summary: String, inputs: [Port], outputs: [Port], fields: [OptionField],
    defaults: [String: String] = [:], showsAll: Bool, width: Int? = nil
  ) {
    self.command = command
    self.defaults = defaults
    self.showsAll = showsAll
    self.width = min(max(width ?? terminalSize(1)?.columns ?? 80, Self.least), Self.most)
    let needed = inputs.filter { !$0.isOptional }.map { " --\($0.name.dashed) PATH" }.joined()
    let isWritten = outputs.contains { !$0.isOptional }
    lines = "OVERVIEW: \(summary)".wrapped(to: self.width, indent: 10) + [""]
    let output = isWritten ? "--output PATH" : "[--output PATH]"
    lines += "USAGE: distill \(command)\(needed) \(output) [options]"
      .wrapped(to: self.width, indent: 7)
    section("INPUTS", inputs.map(Self.description))
    section(
      "OUTPUT",
      outputs.enumerated().map { index, port in
        (
          index == 0 ? "--output PATH" : "--\(port.name.dashed) PATH",
          (port.isOptional ? "optional: " : "") + port.help
        )
      })
    options(fields)
  }

  /// The text.
  var text: String { lines.joined(separator: "\n") }

  private mutating func options(_ fields: [OptionField]) {
    let common = StageArguments.commonFields
    let shown = (fields + common).filter { showsAll || !Self.isRare($0) }
    let names = Set(shown.map(\.name))
    let own = fields.filter { names.contains($0.name) }
    let titled = OptionGroups.all.map { group in
      (group.title, own.filter { group.names.contains($0.name) })
    }
    let placed = Set(titled.flatMap { $0.1.map(\.name) })
    let rest = own.filter { !placed.contains($0.name) }
    section("OPTIONS", rest.filter { !Self.isOfOnePhase($0) }.map(description))
    for (title, fields) in titled { section(title, fields.map(description)) }
    section("ONE PHASE ALONE", rest.filter(Self.isOfOnePhase).map(description))
    section("EVERY STAGE", common.filter { names.contains($0.name) }.map(description))
    let hidden = fields.count + common.count - shown.count
    guard hidden > 0 else { return }
    lines += [""] + "\(hidden) more options: distill \(command) --help-all".wrapped(to: width)
  }

  /// Whether it is an option of one of the phases that `task` runs.
  private static func isOfOnePhase(_ field: OptionField) -> Bool {
    [IntermediateStage.kind, PredictionStage.kind].contains { field.name.hasPrefix($0 + "_") }
  }

  private static func isRare(_ field: OptionField) -> Bool {
    OptionGroups.rare.contains(field.name) || isOfOnePhase(field)
  }

  private mutating func section(_ title: String, _ rows: [(String, String)]) {
    guard !rows.isEmpty else { return }
    lines += ["", "\(title):"]
    for (left, right) in rows { lines += row(left, right) }
  }

  private static func description(_ port: Port) -> (String, String) {
    let many = port.allowsMany ? " (may be repeated)" : ""
    return (
      "--\(port.name.dashed) PATH", (port.isOptional ? "optional: " : "") + port.help + many
    )
  }

  private func description(_ field: OptionField) -> (String, String) {
    let value = field.type == .boolean ? "" : " VALUE"
    var detail = field.help
    if field.type == .texts { detail += "; several between commas, or the flag repeated" }
    if case .choice(let words) = field.type { detail += " [\(words.joined(separator: " | "))]" }
    let standard = defaults[field.name] ?? field.defaultValue.map { "\($0)" }
    if let standard, field.type != .boolean { detail += " (\(standard))" }
    return ("--\(field.flag)\(value)", detail)
  }

  private func row(_ left: String, _ right: String) -> [String] {
    let first = "  " + left
    guard first.count + 2 > Self.indent else {
      let space = String(repeating: " ", count: Self.indent - first.count)
      return (first + space + right).wrapped(to: width, indent: Self.indent)
    }
    let space = String(repeating: " ", count: Self.indent)
    return [first] + (space + right).wrapped(to: width, indent: Self.indent)
  }
}

extension String {
  /// `masked_language_model` as a flag.
  var dashed: String { String(map { $0 == "_" ? "-" : $0 }) }
}
