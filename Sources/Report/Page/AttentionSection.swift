/// What teacher and student attend to in a few texts.
struct AttentionSection {
  private let report: RunReport

  init(_ report: RunReport) { self.report = report }

  /// The section; nil where it was not looked at.
  var markup: Markup? {
    guard let maps = report.attention else { return nil }
    let texts = maps.texts.map { text(of: $0, maps) }
    let parts: [Markup]
    if texts.isEmpty {
      parts = [
        Markup.paragraph(
          "No row that was looked at has at most \(AttentionMaps.mostTokens) tokens; distill report "
            + "--sentence TEXT shows a text of yours.", "soft")
      ]
    } else {
      let title = "\(maps.teacher) and \(maps.student), "
      parts = [
        Markup.folded(
          [
            Markup(title + (texts.count == 1 ? "one text" : "\(texts.count) texts")),
            Markup.tag("span", "soft", "layers that were matched"),
          ],
          [
            Markup.paragraph(
              "A row is a token, a column what it attends to: the mean over heads of its attention "
                + "probabilities, which sum to 1 in every row. The stronger the colour, the more; two maps "
                + "side by side have one scale, up to the number beneath them.", "soft")
          ] + texts)
      ]
    }
    return Markup.section("attention", "What they attend to", parts)
  }

  private func text(of text: AttentionMaps.Text, _ maps: AttentionMaps) -> Markup {
    let words = text.tokens.joined(separator: " ")
    let figures = text.pairs.flatMap { pair -> [Markup] in
      let darkest = (pair.teacher + pair.student).filter(\.isFinite).max() ?? 0
      return [
        (maps.teacher, pair.teacherLayer, pair.teacher),
        (maps.student, pair.studentLayer, pair.student),
      ].map { name, layer, values in
        let title = "\(name), layer \(layer)"
        return Markup.tag(
          "figure", [],
          [
            Markup.tag("h4", [], [Markup(title)]),
            HeatMap.drawing(
              text.tokens, values, darkest: darkest, name: "What \(title) attends to in: \(words)"),
            Markup.tag(
              "figcaption", [],
              [Markup("full colour: \(Quantity.bound(Double(darkest), isShare: false))")]),
          ])
      }
    }
    return Markup.tag(
      "div", [],
      [
        Markup.tag("h3", [("dir", "auto")], [Markup(words)]),
        Markup.tag("div", [("class", "charts pairs")], figures),
      ])
  }
}
