internal import Pipelines

/// What differs between workspaces in what made their results.
struct DifferencesSection {
  private static let mostRows = 400
  private let report: RunReport

  init(_ report: RunReport) { self.report = report }

  /// The section; nil where there is one workspace.
  var markup: Markup? {
    guard report.workspaces.count > 1 else { return nil }
    let rows = fields
    guard !rows.isEmpty else {
      return Markup.section(
        "differences", "What differs",
        [Markup.paragraph("Nothing: options, inputs and environment are the same.")])
    }
    let shown = rows.prefix(Self.mostRows)
    let table = Markup.table(
      "What differs between the workspaces", ["stage", "field"] + report.workspaces.map(\.name),
      shown.map { row in [Markup(row.stage), Markup(row.field)] + row.values.map { Markup($0) } })
    let more =
      rows.count > shown.count
      ? [Markup.paragraph("The first \(shown.count) of \(rows.count) differences.", "soft")] : []
    return Markup.section("differences", "What differs", [table] + more)
  }

  private var fields: [(stage: String, field: String, values: [String])] {
    let current = report.workspaces.map { workspace in
      Dictionary(workspace.current.map { ($0.stage, $0) }) { first, _ in first }
    }
    var known: Set<String> = []
    let stages = report.workspaces.flatMap { $0.graph.nodes.map(\.name) }
      .filter { known.insert($0).inserted }
    return stages.flatMap { stage -> [(stage: String, field: String, values: [String])] in
      let attempts = current.map { $0[stage] }
      guard attempts.contains(where: { $0 != nil }) else { return [] }
      var seen: Set<AttemptField> = []
      let asked: [AttemptField.Group] = [.options, .inputs, .environment]
      let fields =
        [AttemptField(.fact, "status"), AttemptField(.fact, "seed")]
        + attempts.flatMap { $0?.fields ?? [] }.filter {
          asked.contains($0.group) && seen.insert($0).inserted
        }
      return fields.compactMap { field in
        let values = attempts.map { attempt in
          let text = attempt?[field].map { OptionText.text($0) } ?? Quantity.nothing
          // Of digests so much as tells them apart.
          return field.group == .inputs ? String(text.prefix(8)) : text
        }
        return Set(values).count > 1 ? (stage, field.description, values) : nil
      }
    }
  }
}

/// What attempts have in a field, as a page shows it.
enum OptionText {
  /// A value; a long one is cut.
  static func text(_ value: AttemptValue) -> String {
    let text = value.text
    return text.count > 200 ? text.prefix(199) + "…" : text
  }
}
