internal import Files
internal import Pipelines

/// Stages that were tried more than once: each attempt with what changed and what came of it.
struct AttemptsSection {
  private static let mostShown = 50
  private static let mostMetrics = 4
  private let report: RunReport

  init(_ report: RunReport) { self.report = report }

  /// The section; nil where every stage was tried once.
  var markup: Markup? {
    let parts = report.workspaces.enumerated().flatMap { place, workspace -> [Markup] in
      let byStage = Dictionary(grouping: workspace.attempts, by: \.stage)
      let order =
        workspace.graph.nodes.map(\.name)
        + byStage.keys.filter { name in !workspace.graph.nodes.contains { $0.name == name } }
        .sorted()
      return order.flatMap { stage -> [Markup] in
        guard let attempts = byStage[stage], attempts.count > 1 else { return [] }
        let title = stage + (report.workspaces.count > 1 ? ", \(workspace.name)" : "")
        return [Markup.tag("h3", [], [Markup(title)]), table(attempts, place)]
      }
    }
    guard !parts.isEmpty else { return nil }
    return Markup.section(
      "attempts", "Attempts",
      [
        Markup.paragraph(
          "Stages that were tried more than once, the last attempt at the bottom. distill runs shows "
            + "and compares all of them.", "soft")
      ] + parts)
  }

  private func table(_ attempts: [Attempt], _ place: Int) -> Markup {
    let shown = attempts.suffix(Self.mostShown)
    var seen: Set<String> = []
    // Held-out scores say more than what was counted on the way.
    let names = attempts.flatMap { $0.metrics.map(\.name) }.filter { seen.insert($0).inserted }
    let scores = names.filter { $0.contains("dev") || $0.contains("test") || $0.contains("best") }
    let metrics = Array((scores + names.filter { !scores.contains($0) }).prefix(Self.mostMetrics))
    let rows = shown.map { attempt -> [Markup] in
      let before = attempts.firstIndex { $0.id == attempt.id }.flatMap { place in
        place > 0 ? attempts[place - 1] : nil
      }
      let changes =
        before.map { MetricsDifference(from: $0, to: attempt).stages.flatMap(\.changes) } ?? []
      let note = changes.isEmpty && before != nil ? "nothing" : changes.joined(separator: "; ")
      return [
        Markup.tag("code", [], [Markup(attempt.shortID)]),
        Markup.tag("span", "whole", Quantity.moment(attempt.started)),
        Markup.state(attempt.status) + Markup(attempt.isCurrent ? ", current" : ""),
        Markup(attempt.seconds.map(Quantity.duration) ?? ""),
      ]
        + metrics.map { name -> Markup in
          guard let value = attempt.metrics.first(where: { $0.name == name })?.value else {
            return Markup(Quantity.nothing)
          }
          return Markup.figure(
            value, Quantity.number(value), of: "\(place)/\(attempt.stage)@\(attempt.id)/\(name)")
        } + [Markup(briefly(note, limit: 400))]
    }
    let header =
      ["attempt", "began", "state", "took"] + metrics.map { $0.replacing("_", with: " ") }
      + ["changed since the one before"]
    return Markup.table(
      "Attempts at \(attempts.first?.stage ?? "")", header,
      numbers: Set(3..<4 + metrics.count), rows)
  }
}
