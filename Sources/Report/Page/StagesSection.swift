internal import Pipelines

/// The graph of each workspace, and its stages with states and times.
struct StagesSection {
  private static let mostDrawn = 6
  private let report: RunReport

  init(_ report: RunReport) { self.report = report }

  /// The section; nil where no graph is recorded.
  var markup: Markup? {
    let all = report.workspaces.filter { !$0.graph.nodes.isEmpty }
    guard let first = all.first else { return nil }
    guard all.count > 1 else { return Markup.section("stages", "Stages", parts(first)) }
    var folded = all.prefix(Self.mostDrawn).enumerated().map { place, workspace in
      Markup.folded([Markup(workspace.name)], isOpen: place == 0, parts(workspace))
    }
    if all.count > Self.mostDrawn {
      folded.append(
        Markup.paragraph(
          "The graphs of the first \(Self.mostDrawn) workspaces; distill dag draws that of any.",
          "soft"))
    }
    return Markup.section("stages", "Stages", folded)
  }

  private func parts(_ workspace: ReportedWorkspace) -> [Markup] {
    let drawing = Markup.tag(
      "div",
      [
        ("class", "scroll"), ("role", "region"), ("tabindex", "0"),
        ("aria-label", "The graph of \(workspace.graph.name)"),
      ], [GraphDrawing(workspace.graph).figure])
    let hasErrors = workspace.current.contains { $0.error != nil }
    let earlier = workspace.earlier
    let rows = workspace.graph.nodes.map { node -> [Markup] in
      let attempt = workspace.current.first { $0.stage == node.name }
      let state = Markup.state(node.state ?? "")
      let before = earlier[node.name].map { Markup(", before \($0)") } ?? Markup()
      return [
        Markup(node.name), Markup(node.kind),
        state + before,
        node.seconds.map { Markup(Quantity.duration($0)) } ?? Markup(),
        Markup.tag("span", "whole", attempt.map { Quantity.moment($0.started) } ?? ""),
        Markup(node.outputs.joined(separator: ", ")),
      ] + (hasErrors ? [Markup(String((attempt?.error ?? "").prefix(300)))] : [])
    }
    let header =
      ["stage", "kind", "state", "took", "began", "makes"] + (hasErrors ? ["why"] : [])
    return [
      drawing,
      Markup.table("The stages of \(workspace.graph.name)", header, numbers: [3], rows),
    ]
  }
}
