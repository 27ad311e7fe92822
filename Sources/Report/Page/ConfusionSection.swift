/// How often each label was answered with each other one, a matrix a model.
struct ConfusionSection {
  private static let mostMatrices = 24
  private let report: RunReport

  init(_ report: RunReport) { self.report = report }

  /// The section; nil where no task has confusions.
  var markup: Markup? {
    let all = ScoreGroup.all(of: report).flatMap { group in
      group.members.flatMap { member -> [Markup] in
        let count = member.evaluation.confusedLabels(of: group.split)
        guard count > 0 else { return [] }
        return member.evaluation.models.compactMap { matrix($0, member, group, count) }
      }
    }
    guard !all.isEmpty else { return nil }
    var parts: [Markup] = [
      Markup.paragraph(
        "A row is what is right, a column what was answered; the darker, the greater its share of the "
          + "row.", "soft"),
      Markup.tag("div", [("class", "charts")], Array(all.prefix(Self.mostMatrices))),
    ]
    if all.count > Self.mostMatrices {
      parts.append(
        Markup.paragraph(
          "The first \(Self.mostMatrices) of \(all.count); distill metrics shows those of each "
            + "workspace.", "soft"))
    }
    return Markup.section("confusion", "What is taken for what", parts)
  }

  private func matrix(
    _ model: Evaluation.Model, _ member: ScoreGroup.Member, _ group: ScoreGroup, _ count: Int
  ) -> Markup? {
    let labels = (0..<count).map { place in
      member.evaluation.labels.indices.contains(place)
        ? member.evaluation.labels[place] : "\(place)"
    }
    func value(_ right: Int, _ answer: Int) -> Double? {
      model["\(group.split)_confusion_\(right)_\(answer)"]
    }
    guard value(0, 0) != nil else { return nil }
    let rows = labels.enumerated().map { right, label -> Markup in
      let total = labels.indices.compactMap { value(right, $0) }.reduce(0, +)
      let cells = labels.indices.map { answer -> Markup in
        guard let number = value(right, answer) else {
          return Markup.tag("td", [], [Markup(Quantity.nothing)])
        }
        let share = total > 0 && number.isFinite ? number / total : 0
        // At most so dark that the number on it can be read.
        let style = "--share:\(Coordinate.text(share * 45))%"
        let source = member.source(model, "\(group.split)_confusion_\(right)_\(answer)")
        return Markup.tag(
          "td", [("style", style)], [Markup.figure(number, Quantity.count(number), of: source)])
      }
      return Markup.tag("tr", [], [Markup.tag("th", [("scope", "row")], [Markup(label)])] + cells)
    }
    let head = Markup.tag(
      "tr", [],
      [Markup.tag("td", [("style", "background:none")], [])]
        + labels.map { Markup.tag("th", [("scope", "col")], [Markup($0)]) })
    let name = group.name(model, member)
    return Markup.tag(
      "figure", [],
      [
        Markup.tag("h3", [], [Markup.model(model)]),
        Markup.tag(
          "div",
          [
            ("class", "scroll"), ("role", "region"), ("tabindex", "0"),
            ("aria-label", "Confusions of \(name)"),
          ],
          [
            Markup.tag(
              "table", [("class", "matrix")],
              [Markup.tag("thead", [], [head]), Markup.tag("tbody", [], rows)])
          ]),
        Markup.tag(
          "figcaption", [],
          [Markup(group.split.replacing("_", with: " ") + (name == model.name ? "" : ", " + name))]),
      ])
  }
}
