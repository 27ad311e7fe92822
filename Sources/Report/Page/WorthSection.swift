/// Scores against costs: charts, a table of all models, what pairs of them differ by, and the other metrics.
struct WorthSection {
  private let report: RunReport
  private let groups: [ScoreGroup]

  init(_ report: RunReport) {
    self.report = report
    groups = ScoreGroup.all(of: report)
  }

  /// The section; nil where nothing was evaluated.
  var markup: Markup? {
    guard !groups.isEmpty else { return nil }
    return Markup.section("worth", "Scores and costs", groups.flatMap(parts))
  }

  private func parts(_ group: ScoreGroup) -> [Markup] {
    let figures = [
      (cost: "latency_p50_ms", name: "one text, median, ms", unit: 1.0),
      (cost: "parameters", name: "parameters, millions", unit: 1e6),
    ].compactMap { chart(group, cost: $0.cost, name: $0.name, unit: $0.unit) }
    var parts: [Markup] = groups.count > 1 ? [Markup.tag("h3", [], [Markup(group.title)])] : []
    if !figures.isEmpty {
      parts.append(Markup.tag("div", [("class", "charts wide")], figures))
      parts.append(
        Markup.paragraph(
          "To the left is cheaper, up is better; bars are 95 % intervals of the score. "
            + "A square is a teacher, a circle a student, a diamond a baseline.", "soft"))
    }
    parts += tables(group)
    parts += comparisons(group).map { [$0] } ?? []
    for member in group.members.prefix(12) { parts += others(member, group) }
    return parts
  }

  private func chart(_ group: ScoreGroup, cost: String, name: String, unit: Double) -> Markup? {
    let points = group.members.flatMap { member in
      member.evaluation.models.compactMap { model -> WorthChart.Point? in
        guard let paid = model[cost], let score = model[group.score] else { return nil }
        let ends = (model[group.score + "_lower"], model[group.score + "_upper"])
        var interval: (lower: Double, upper: Double)?
        if let lower = ends.0, let upper = ends.1, lower.isFinite, upper.isFinite {
          interval = (lower, upper)
        }
        return WorthChart.Point(
          name: group.name(model, member), role: model.role, cost: paid, score: score,
          interval: interval)
      }
    }
    let chart = WorthChart(
      points: points, costName: name, scoreName: group.title + (group.isShare ? ", %" : ""),
      costUnit: unit, scoreUnit: group.isShare ? 0.01 : 1)
    return chart.figure.map { Markup.tag("figure", [], [$0]) }
  }

  /// The scores of every model on every split, the means over seeds, and below it the costs.
  private func tables(_ group: ScoreGroup) -> [Markup] {
    let others = group.members.first?.evaluation.splits.filter { $0 != group.split } ?? []
    let splits = [group.split] + others
    let hasSeveral = Set(group.members.map(\.place)).count > 1
    let names = ["model"] + (hasSeveral ? ["workspace"] : [])
    var header = names
    for split in splits {
      header.append("\(split) \(group.metric)".replacing("_", with: " "))
      header.append("95 %")
      if split == group.split { header += ["to teacher", "agreement"] }
    }
    var scored: [[Markup]] = []
    var paid: [[Markup]] = []
    for member in group.members {
      let place = hasSeveral ? [Markup(member.workspace.name)] : []
      for model in member.evaluation.models {
        let name = [Markup.model(model)] + place
        scored.append(name + splits.flatMap { scores(model, member, group, $0) })
        paid.append(name + costs(model, member))
      }
      for mean in member.evaluation.means {
        let name = [Markup("\(mean.base), mean over seeds")] + place
        scored.append(name + splits.flatMap { scores(mean, member, group, $0) })
      }
    }
    let costs =
      names + ["layers × width", "parameters", "MFLOP/token", "p50", "p95", "tokens/s"]
    return [
      Markup.table(
        "Scores of every model", header, numbers: Set(names.count..<header.count), scored),
      Markup.table("Costs of every model", costs, numbers: Set(names.count..<costs.count), paid),
    ]
  }

  private func cell(
    _ model: Evaluation.Model, _ member: ScoreGroup.Member, _ name: String,
    _ text: (Double) -> String
  ) -> Markup {
    guard let value = model[name] else { return Markup(Quantity.nothing) }
    return Markup.figure(value, text(value), of: member.source(model, name))
  }

  private func costs(_ model: Evaluation.Model, _ member: ScoreGroup.Member) -> [Markup] {
    [
      cell(model, member, "layers", Quantity.count) + Markup(" × ")
        + cell(model, member, "hidden_size", Quantity.count),
      cell(model, member, "parameters", Quantity.count),
      cell(model, member, "flops_per_token") { Quantity.oneDecimal($0 / 1e6) },
      cell(model, member, "latency_p50_ms", Quantity.milliseconds),
      cell(model, member, "latency_p95_ms", Quantity.milliseconds),
      cell(model, member, "tokens_per_second", Quantity.count),
    ]
  }

  private func scores(
    _ model: Evaluation.Model, _ member: ScoreGroup.Member, _ group: ScoreGroup, _ split: String
  ) -> [Markup] {
    let name = "\(split)_\(group.metric)"
    let bound = { Quantity.bound($0, isShare: group.isShare) }
    var interval = Markup(Quantity.nothing)
    if model[name + "_lower"] != nil {
      interval = Markup.tag(
        "span", [("class", "interval-text")],
        [
          cell(model, member, name + "_lower", bound), Markup(" to "),
          cell(model, member, name + "_upper", bound),
        ])
    }
    let score = cell(model, member, name) { Quantity.score($0, isShare: group.isShare) }
    guard split == group.split else { return [score, interval] }
    let agreements = member.evaluation.metrics(of: split).filter { $0.hasPrefix("agreement") }
    let agreement = agreements.first.map { metric in
      cell(model, member, "\(split)_\(metric)") {
        Quantity.score($0, isShare: Evaluation.isShare(metric))
      }
    }
    let difference = cell(model, member, name + "_difference") {
      Quantity.difference($0, isShare: group.isShare)
    }
    return [score, interval, difference, agreement ?? Markup(Quantity.nothing)]
  }

  /// The mean of a score over seeds with its standard deviation.
  private func scores(
    _ mean: Evaluation.Mean, _ member: ScoreGroup.Member, _ group: ScoreGroup, _ split: String
  ) -> [Markup] {
    let name = "\(split)_\(group.metric)"
    func cell(_ value: Double?, _ kind: String, _ text: (Double) -> String) -> Markup {
      guard let value else { return Markup(Quantity.nothing) }
      let source = "\(member.place)/\(member.evaluation.stage)/\(kind).\(mean.base).\(name)"
      return Markup.figure(value, text(value), of: source)
    }
    let score = cell(mean.values[name], "mean") { Quantity.score($0, isShare: group.isShare) }
    let deviation = cell(mean.deviations[name], "deviation") {
      Quantity.bound($0, isShare: group.isShare)
    }
    let spread = Markup.tag(
      "span", [("class", "interval-text")], [Markup("deviation "), deviation])
    return [score, spread] + (split == group.split ? [Markup(), Markup()] : [])
  }

  /// What pairs of models differ by; nil where none were compared.
  private func comparisons(_ group: ScoreGroup) -> Markup? {
    let all = group.members.flatMap { member in
      member.evaluation.comparisons.map { (member: member, comparison: $0) }
    }
    guard !all.isEmpty else { return nil }
    let rows = all.map { member, comparison -> [Markup] in
      let number = { (name: String, value: Double) in
        Markup.figure(
          value, Quantity.difference(value, isShare: group.isShare),
          of: "\(member.place)/\(member.evaluation.stage)/compare.\(comparison.split)_\(name)")
      }
      let pairs = member.evaluation.pairs.prefix(6)
        .map { "\($0.first) minus \($0.second)" }.joined(separator: ", ")
      let place = Set(group.members.map(\.place)).count > 1 ? ", \(member.workspace.name)" : ""
      return [
        Markup(pairs + place), Markup(comparison.split.replacing("_", with: " ")),
        number("difference", comparison.value),
        number("lower", comparison.lower) + Markup(" to ") + number("upper", comparison.upper),
        DifferenceChart.row(comparison, among: all.map(\.comparison)),
        Markup(comparison.isClear ? "" : "no clear difference"),
      ]
    }
    let unit = group.isShare ? ", points" : ""
    return Markup.tag("h3", [], [Markup("Pairs, on the same rows")])
      + Markup.table(
        "Differences between pairs of models",
        ["pair", "split", "difference\(unit)", "95 % interval", "", ""], numbers: [2, 3], rows)
  }

  /// Every metric of every split, and the scores of single kinds of answers.
  private func others(_ member: ScoreGroup.Member, _ group: ScoreGroup) -> [Markup] {
    let evaluation = member.evaluation
    let name = group.members.count > 1 ? " of \(member.workspace.name), \(evaluation.stage)" : ""
    let tables = evaluation.splits.flatMap { split -> [Markup] in
      let metrics = evaluation.metrics(of: split)
      let rows = evaluation.models.map { model -> [Markup] in
        [Markup.model(model)]
          + metrics.map { metric in
            cell(model, member, "\(split)_\(metric)") {
              Quantity.score($0, isShare: Evaluation.isShare(metric))
            }
          }
      }
      let header = [split] + metrics.map { $0.replacing("_", with: " ") }
      return [
        Markup.table("All metrics on \(split)", header, numbers: Set(1..<header.count), rows)
      ] + (kinds(member, split).map { [$0] } ?? [])
    }
    return [Markup.folded([Markup("All metrics\(name)")], tables)]
  }

  private func kinds(_ member: ScoreGroup.Member, _ split: String) -> Markup? {
    let kinds = member.evaluation.kinds(of: split)
    guard !kinds.isEmpty else { return nil }
    let models = member.evaluation.models
    let rows = kinds.prefix(60).map { kind -> [Markup] in
      let number = models.first.map { cell($0, member, "\(split)_\(kind)_number", Quantity.count) }
      return [Markup(kind), number ?? Markup()]
        + models.map { cell($0, member, "\(split)_\(kind)_f1", Quantity.percent) }
    }
    return Markup.table(
      "F1 of each kind on \(split)",
      ["\(split): kind", "number"] + models.map { "F1, \($0.name)" },
      numbers: Set(1..<models.count + 2), rows)
  }
}
