/// What was distilled and what it is worth, in three lines: cost, score, and what distillation added.
struct Headline {
  private static let mostGroups = 4
  private let report: RunReport

  init(_ report: RunReport) { self.report = report }

  /// The lines, computed from what was evaluated.
  var markup: Markup {
    let groups = ScoreGroup.all(of: report).prefix(Self.mostGroups)
    let lines = groups.compactMap { group -> Markup? in
      guard let (member, student) = group.best else { return nil }
      let line = Line(group: group, member: member, student: student)
      return Markup.tag(
        "ul", [("class", "headline")], [line.cost, line.score, line.gain].map(Self.item))
    }
    guard lines.isEmpty else { return Markup(lines) }
    let nodes = report.workspaces.flatMap(\.graph.nodes)
    let done = nodes.count { ["done", "frozen"].contains($0.state) }
    return Markup.paragraph(
      "No student has been evaluated: \(done) of \(nodes.count) stages are done. What it is worth "
        + "is known when an evaluate stage has scored it beside its teacher.")
  }

  private static func item(_ line: (big: Markup, text: [Markup])) -> Markup {
    Markup.tag(
      "li", [],
      [Markup.tag("span", [("class", "big")], [line.big]), Markup.tag("p", [], line.text)])
  }
}

/// The three lines about one student.
private struct Line {
  let group: ScoreGroup
  let member: ScoreGroup.Member
  let student: Evaluation.Model

  private var evaluation: Evaluation { member.evaluation }
  private var teacher: Evaluation.Model? { evaluation.first(.teacher) }

  private func figure(
    _ model: Evaluation.Model, _ name: String, _ text: (Double) -> String
  ) -> Markup {
    guard let value = model[name] else { return Markup(Quantity.nothing) }
    return Markup.figure(value, text(value), of: member.source(model, name))
  }

  private func score(_ model: Evaluation.Model) -> Markup {
    figure(model, group.score) { Quantity.score($0, isShare: group.isShare) }
  }

  private func size(_ model: Evaluation.Model) -> Markup {
    Markup([
      figure(model, "layers", Quantity.count), Markup(" × "),
      figure(model, "hidden_size", Quantity.count), Markup(", "),
      figure(model, "parameters", Quantity.millions), Markup(" parameters"),
    ])
  }

  /// What it costs beside its teacher.
  var cost: (big: Markup, text: [Markup]) {
    let place = report(of: member)
    guard let teacher else {
      return (
        figure(student, "parameters", Quantity.millions),
        [
          Markup.model(student), Markup(place + " is a student of "), size(student),
          Markup("; its teacher was not scored beside it."),
        ]
      )
    }
    let speed = ratio(teacher, student, "latency_p50_ms")
    let words = [
      Markup.model(student), Markup(place + " ("), size(student), Markup(") was distilled from "),
      Markup.model(teacher), Markup(" ("), size(teacher), Markup("): "),
      Markup(
        ratio(teacher, student, "parameters").map { Quantity.times($0) } ?? "not known how much"),
      Markup(" smaller, one text takes "),
      figure(student, "latency_p50_ms", Quantity.milliseconds), Markup(" instead of "),
      figure(teacher, "latency_p50_ms", Quantity.milliseconds), Markup(" (median)."),
    ]
    let big = speed.map {
      $0 >= 1 ? "\(Quantity.times($0)) as fast" : "\(Quantity.times($0)) the speed"
    }
    return (Markup(big ?? Quantity.nothing), words)
  }

  /// How good it is beside its teacher.
  var score: (big: Markup, text: [Markup]) {
    var words: [Markup] = [
      Markup("The student’s \(group.title)"), interval(student), Markup(". "),
    ]
    guard let teacher, let own = student[group.score], let other = teacher[group.score] else {
      return (score(student), words)
    }
    words += [Markup("The teacher’s is "), score(teacher)]
    if group.isShare, other > 0, (own / other).isFinite {
      words.append(Markup(": the student keeps \(Quantity.percent(own / other)) of it"))
    }
    let agreement = "\(group.split)_agreement"
    if student[agreement] != nil {
      words += [
        Markup("; both say the same of "), figure(student, agreement, Quantity.percent),
        Markup(" of the rows"),
      ]
    }
    words.append(Markup("."))
    return (score(student), words)
  }

  /// What distillation added to training on the labels.
  var gain: (big: Markup, text: [Markup]) {
    guard let baseline = evaluation.baseline(of: student), let own = student[group.score],
      let other = baseline[group.score]
    else {
      return (
        Markup("?"),
        [
          Markup(
            "No baseline was scored. Fine-tune the student’s like on the labels alone and give it to "
              + "evaluate: only that shows what distillation itself is worth.")
        ]
      )
    }
    let isCompared = evaluation.pairs.contains {
      $0.first == student.name && $0.second == baseline.name
    }
    let found =
      isCompared ? evaluation.comparisons.first { $0.split == group.split } : nil
    let difference = found?.value ?? own - other
    let text = Quantity.difference(difference, isShare: group.isShare)
    let big = compared("difference", found?.value) ?? Markup(text)
    let order = difference > 0 ? "more than" : difference < 0 ? "against" : "as much as"
    var words: [Markup] = [
      Markup(order + " "), Markup.model(baseline),
      Markup(", trained without the teacher, which has "), score(baseline), Markup("."),
    ]
    if evaluation.pairs.count > 1, found != nil {
      words = [
        Markup(
          "\(order) training without the teacher, the mean of \(evaluation.pairs.count) pairs of "
            + "student and baseline.")
      ]
    }
    if let found, let lower = compared("lower", found.lower),
      let upper = compared("upper", found.upper)
    {
      words += [
        Markup(" 95 % interval "), lower, Markup(" to "), upper,
        Markup(found.isClear ? "." : ": these rows cannot tell the two apart."),
      ]
    }
    return (big + Markup(group.isShare ? " points" : ""), words)
  }

  /// A figure of the comparison of pairs.
  private func compared(_ name: String, _ value: Double?) -> Markup? {
    value.map { value in
      Markup.figure(
        value, Quantity.difference(value, isShare: group.isShare),
        of: "\(member.place)/\(evaluation.stage)/compare.\(group.split)_\(name)")
    }
  }

  private func report(of member: ScoreGroup.Member) -> String {
    Set(group.members.map(\.place)).count > 1 ? " of \(member.workspace.name)" : ""
  }

  private func interval(_ model: Evaluation.Model) -> Markup {
    guard let lower = model[group.score + "_lower"], let upper = model[group.score + "_upper"]
    else {
      return Markup()
    }
    let text = { Quantity.bound($0, isShare: group.isShare) }
    return Markup([
      Markup(" (95 % interval "),
      Markup.figure(lower, text(lower), of: member.source(model, group.score + "_lower")),
      Markup(" to "),
      Markup.figure(upper, text(upper), of: member.source(model, group.score + "_upper")),
      Markup(")"),
    ])
  }

  private func ratio(
    _ above: Evaluation.Model, _ below: Evaluation.Model, _ name: String
  ) -> Double? {
    guard let a = above[name], let b = below[name], b > 0, (a / b).isFinite else { return nil }
    return a / b
  }
}
