internal import Pipelines

/// The options, inputs, outputs, final metrics and remarks of every stage.
struct ConfigurationSection {
  private static let mostWorkspaces = 8
  private let report: RunReport

  init(_ report: RunReport) { self.report = report }

  /// The section; nil where nothing has run.
  var markup: Markup? {
    let all = report.workspaces.enumerated().filter { !$0.element.current.isEmpty }
    guard !all.isEmpty else { return nil }
    var parts = all.prefix(Self.mostWorkspaces).flatMap { place, workspace -> [Markup] in
      let stages = workspace.current.map { stage($0, place) }
      return all.count == 1
        ? stages
        : [
          Markup.folded(
            [Markup(workspace.name), Markup.tag("span", "soft", Page.facts(workspace))], stages)
        ]
    }
    if all.count > Self.mostWorkspaces {
      parts.append(
        Markup.paragraph(
          "Those of the first \(Self.mostWorkspaces) workspaces; distill runs show has those of any, "
            + "and what differs stands above.", "soft"))
    }
    return Markup.section("configuration", "Configuration", parts)
  }

  private func stage(_ attempt: Attempt, _ place: Int) -> Markup {
    func fields(_ group: AttemptField.Group) -> [[Markup]] {
      attempt.fields.filter { $0.group == group }.map { field in
        [Markup(field.name), Markup(attempt[field].map { OptionText.text($0) } ?? "")]
      }
    }
    func things(_ things: [Attempt.Thing]) -> [[Markup]] {
      things.map { thing in
        [
          Markup(thing.port), Markup(thing.name),
          Markup.tag("code", [], [Markup(String(thing.content.prefix(8)))]), Markup(thing.path),
        ]
      }
    }
    let seed = attempt.seed.map { [[Markup("seed"), Markup($0)]] } ?? []
    let isScored = attempt.kind == "evaluate"
    // Those of models stand in the tables of scores.
    let metrics = attempt.metrics.filter { !isScored || !$0.name.contains(".") }.map { metric in
      [
        Markup(metric.name),
        Markup.figure(
          metric.value, Quantity.number(metric.value),
          of: "\(place)/\(attempt.stage)/\(metric.name)"),
      ]
    }
    let ports = ["port", "name", "content", "path"]
    let tables: [(name: String, header: [String], rows: [[Markup]])] = [
      ("options", ["option", "value"], seed + fields(.options)),
      ("metrics", ["metric", "value"], metrics),
      ("inputs", ports, things(attempt.inputs)), ("outputs", ports, things(attempt.outputs)),
    ]
    let notes = attempt.notes.map { Markup.paragraph($0) }
    let shown = tables.filter { !$0.rows.isEmpty }.flatMap { table -> [Markup] in
      [
        Markup.tag("h3", [], [Markup(table.name)]),
        Markup.table(
          "\(table.name) of \(attempt.stage)", table.header,
          numbers: table.name == "metrics" ? [1] : [], table.rows),
      ]
    }
    let kind = attempt.kind == attempt.stage ? "" : attempt.kind + " · "
    return Markup.folded(
      [
        Markup(attempt.stage),
        Markup.tag("span", "soft", kind + "attempt \(attempt.shortID) · \(attempt.status)"),
      ], notes + shown)
  }
}
