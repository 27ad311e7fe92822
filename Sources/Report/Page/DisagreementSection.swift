/// The rows on which a student and its teacher differ most.
struct DisagreementSection {
  private let report: RunReport

  init(_ report: RunReport) { self.report = report }

  /// The section; nil where it is not known what was said of each row.
  var markup: Markup? {
    let all = report.workspaces.flatMap { workspace in
      workspace.disagreements.filter { !$0.rows.isEmpty }.map { (workspace, $0) }
    }
    guard !all.isEmpty else { return nil }
    let parts = all.prefix(12).flatMap { workspace, found -> [Markup] in
      let place = report.workspaces.count > 1 ? ", \(workspace.name)" : ""
      let measure =
        switch found.measure {
        case .classes:
          "Apart is half the sum of the differences of their probabilities, from 0 to 1"
        case .labels: "Apart is the greatest difference of their probabilities of a label"
        case .numbers: "Apart is the difference of their numbers"
        case .words:
          "Apart is half the sum of the differences of the probabilities of a word's tags, added up "
            + "over the words that they tag differently"
        }
      let title = all.count > 1 ? [Markup.tag("h3", [], [Markup(found.student + place)])] : []
      return title + [
        Markup.paragraph(
          "\(found.student) and \(found.teacher) on \(found.split), the \(found.rows.count) of "
            + "\(Quantity.count(Double(found.total))) rows that are furthest apart. \(measure).",
          "soft"), table(found),
      ]
    }
    return Markup.section("rows", "Where student and teacher differ most", parts)
  }

  private func table(_ found: Disagreements) -> Markup {
    let hasRight = found.rows.contains { $0.right != nil }
    let header =
      ["row", ""] + (hasRight ? ["right"] : []) + [found.teacher, found.student, "apart"]
    let rows = found.rows.map { row -> [Markup] in
      [
        Markup("\(row.number)"), text(row),
      ] + (hasRight ? [Markup(row.right ?? Quantity.nothing)] : [])
        + [
          answer(row.teacher), answer(row.student),
          Markup(Quantity.bound(row.distance, isShare: false)),
        ]
    }
    return Markup.table(
      "Rows on which \(found.student) and \(found.teacher) differ most", header,
      numbers: [header.count - 1], stacks: true, rows)
  }

  private func text(_ row: Disagreements.Row) -> Markup {
    let texts = [row.text] + (row.pair.map { [$0] } ?? [])
    return Markup.tag(
      "div", [("class", "words")],
      texts.map { text in
        let shown = text.count > 400 ? text.prefix(399) + "…" : text
        return Markup.tag("div", [], [Markup.tag("bdi", [], [Markup(shown)])])
      })
  }

  private func answer(_ said: (answer: String, sureness: Double?)) -> Markup {
    guard let sureness = said.sureness else { return Markup(said.answer) }
    return Markup.tag(
      "span", [("class", "whole")],
      [Markup(said.answer + " "), Markup.tag("span", "soft", Quantity.percent(sureness))])
  }
}
