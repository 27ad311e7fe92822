internal import Pipelines
internal import Tracking

/// The losses by term, scores on held-out rows, learning rate and speed over the course of all training
/// stages, the phases side by side; a line a workspace.
struct CourseSection {
  private static let mostNamed = 8
  private let report: RunReport

  init(_ report: RunReport) { self.report = report }

  /// The section; nil where no number was recorded over a course.
  var markup: Markup? {
    let courses = courses
    guard !courses.isEmpty else { return nil }
    var parts: [Markup] = [
      Markup.paragraph(
        "Phases stand side by side, each with the number of its steps; a dotted line parts them. "
          + "Long curves show the least and the greatest value of each stretch. Under the pointer, or "
          + "with the arrow keys, a chart says what is there.", "soft")
    ]
    if report.workspaces.count > 1 { parts.append(keys) }
    parts.append(Markup.tag("div", [("class", "charts")], courses.map(figure)))
    return Markup.section("course", "How it learnt", parts)
  }

  /// Which colour is which workspace's.
  private var keys: Markup {
    let shown = report.workspaces.prefix(Self.mostNamed).enumerated().map { place, workspace in
      Markup.tag(
        "span", [("class", "key c\(place % Axis.colours)")],
        [Markup.tag("span", [("class", "swatch")], []), Markup(workspace.name)])
    }
    let more = report.workspaces.count - Self.mostNamed
    return Markup.tag(
      "div", [("class", "keys soft")],
      shown + (more > 0 ? [Markup("and \(more) more in the same colours")] : []))
  }

  /// One number over the course of all runs.
  private struct Course {
    let event: String
    let name: String
    var phases: [CourseChart.Phase] = []
    var curves: [Curve] = []
  }

  private var courses: [Course] {
    var courses: [Course] = []
    for (run, workspace) in report.workspaces.enumerated() {
      for attempt in workspace.current {
        var scores = 0
        for series in workspace.series[attempt.id]?.all ?? [] where series.name != "epoch" {
          // The chief score comes first; the others are in the record.
          if series.event == "evaluated" { scores += 1 }
          guard scores <= 1 || series.event != "evaluated" else { continue }
          let points = series.points.compactMap { point in
            point.step.map { Curve.Point(step: Double($0), value: point.value) }
          }
          guard let last = points.map(\.step).max() else { continue }
          let key = (series.event, series.name)
          let place =
            courses.firstIndex { ($0.event, $0.name) == key } ?? courses.count
          if place == courses.count {
            courses.append(Course(event: series.event, name: series.name))
          }
          let phase =
            courses[place].phases.firstIndex { $0.name == attempt.stage }
            ?? courses[place].phases.count
          let known = phase < courses[place].phases.count
          let steps = max(known ? courses[place].phases[phase].steps : 0, last, 1)
          let entry = CourseChart.Phase(name: attempt.stage, steps: steps)
          if known {
            courses[place].phases[phase] = entry
          } else {
            courses[place].phases.append(entry)
          }
          courses[place].curves.append(Curve(run: run, phase: phase, points: points))
        }
      }
    }
    // Losses, then scores, then what is the same in most runs.
    func rank(_ course: Course) -> Int {
      if course.event == "evaluated" { return 1 }
      return Self.figures.firstIndex(of: course.name).map { $0 + 2 } ?? 0
    }
    return courses.enumerated().sorted {
      (rank($0.element), $0.offset) < (rank($1.element), $1.offset)
    }.map(\.element)
  }

  /// What is no loss among the numbers of a step, in the order to show it.
  private static let figures = [
    "grad_norm", "learning_rate", "tokens_per_second", "resident_memory_mib",
  ]

  private func figure(_ course: Course) -> Markup {
    let name = course.name.replacing("_", with: " ")
    let title = course.event == "evaluated" ? "\(name) on held-out rows" : name
    let chart = CourseChart(
      phases: course.phases, curves: course.curves, runs: report.workspaces.map(\.name),
      title: "\(title) over the steps of " + course.phases.map(\.name).joined(separator: ", "),
      mayBeLogarithmic: course.event == "step"
        && (course.name == "grad_norm" || !Self.figures.contains(course.name)))
    return Markup.tag(
      "figure", [], [Markup.tag("h3", [], [Markup(title)]), chart.figure, numbers(course)])
  }

  /// The numbers at which curves begin and end, for those who do not see them.
  private func numbers(_ course: Course) -> Markup {
    let hasSeveral = report.workspaces.count > 1
    let shown = course.curves.prefix(40)
    let rows = shown.map { curve -> [Markup] in
      let finite = curve.points.filter(\.value.isFinite)
      let phase = course.phases[curve.phase].name
      let source = "\(curve.run)/\(phase)/\(course.event)/\(course.name)"
      func cell(_ point: Curve.Point?) -> Markup {
        guard let point else { return Markup(Quantity.nothing) }
        return Markup.tag(
          "data",
          [
            ("value", "\(point.value)"), ("data-of", source),
            ("data-step", Int(exactly: point.step).map { "\($0)" } ?? ""),
          ], [Markup(Quantity.number(point.value))])
      }
      let least = finite.min { $0.value < $1.value }
      let greatest = finite.max { $0.value < $1.value }
      return [Markup((hasSeveral ? report.workspaces[curve.run].name + ", " : "") + phase)]
        + [curve.points.first, curve.points.last, least, greatest].map(cell)
    }
    let lost = course.curves.reduce(0) { $0 + $1.points.count { !$0.value.isFinite } }
    var parts: [Markup] = [
      Markup.table(
        "Numbers of \(course.name)", ["phase", "first", "last", "least", "greatest"],
        numbers: [1, 2, 3, 4], rows)
    ]
    if course.curves.count > shown.count {
      parts.append(
        Markup.paragraph("The first \(shown.count) of \(course.curves.count) curves.", "soft"))
    }
    if lost > 0 {
      parts.append(
        Markup.paragraph("Not finite, and not drawn: \(lost) of the recorded values.", "soft"))
    }
    return Markup.folded([Markup.tag("span", "soft", "numbers")], parts)
  }
}
