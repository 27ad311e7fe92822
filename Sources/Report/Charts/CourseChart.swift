/// One number over the course of runs: the phases side by side, each as wide as it has steps, a line a run.
struct CourseChart {
  /// A phase: a training stage.
  struct Phase: Sendable {
    let name: String
    /// The most steps that a run has in it.
    let steps: Double
  }

  /// Points of all lines of a chart together: more than that nobody sees, and a page grows by it.
  private static let mostPoints = 12_000
  private static let size = (width: 340.0, height: 204.0)
  private static let frame = (left: 48.0, right: 336.0, top: 24.0, bottom: 178.0)
  private static let gap = 6.0

  let phases: [Phase]
  let curves: [Curve]
  /// Names of the runs.
  let runs: [String]
  /// What is shown, for those who do not see it.
  let title: String
  /// Whether the axis may be logarithmic where the numbers ask for it.
  var mayBeLogarithmic = true

  /// The drawing.
  var figure: Markup {
    let values = curves.flatMap { $0.points.map(\.value) }.filter(\.isFinite)
    let least = values.min() ?? 0
    let isLogarithmic =
      mayBeLogarithmic && least > 0 && (values.max() ?? 0) / max(least, 1e-300) > 8
    let scale = Scale(
      of: values, isLogarithmic: isLogarithmic, from: Self.frame.bottom, to: Self.frame.top)
    let bands = bands
    return Markup.tag(
      "svg",
      [
        ("class", "chart course"), ("role", "img"), ("tabindex", "0"), ("aria-label", title),
        ("viewBox", "0 0 \(Coordinate.text(Self.size.width)) \(Coordinate.text(Self.size.height))"),
        ("data-low", "\(scale.low)"), ("data-high", "\(scale.high)"),
        ("data-log", isLogarithmic ? "1" : "0"), ("data-bottom", "\(Self.frame.bottom)"),
        ("data-top", "\(Self.frame.top)"),
      ],
      Axis.rows(scale, from: Self.frame.left, to: Self.frame.right)
        + phases.indices.flatMap { band(phases[$0], bands[$0], isFirst: $0 == 0) }
        + curves.map { line($0, bands, scale) }
        + [Markup.tag("circle", [("class", "here"), ("r", "3.5")])])
  }

  /// Where each phase begins and ends.
  private var bands: [(from: Double, to: Double)] {
    let room =
      Self.frame.right - Self.frame.left - Self.gap * Double(max(phases.count - 1, 0))
    let total = phases.reduce(0) { $0 + $1.steps }
    // A phase of few steps is still to be seen.
    let least = room / Double(max(phases.count, 1)) * 0.35
    let shares = phases.map { max($0.steps / max(total, 1) * room, least) }
    let factor = room / max(shares.reduce(0, +), 1)
    var x = Self.frame.left
    return shares.map { share in
      defer { x += share * factor + Self.gap }
      return (x, x + share * factor)
    }
  }

  private func band(
    _ phase: Phase, _ band: (from: Double, to: Double), isFirst: Bool
  ) -> [Markup] {
    let letters = Int(max(1, min(200, (band.to - band.from) / 6.6)))
    let name =
      phase.name.count <= letters
      ? phase.name : phase.name.prefix(max(1, letters - 1)) + "…"
    let steps = Quantity.count(phase.steps)
    let bottom = Self.frame.bottom
    var parts: [Markup] = [
      Markup.tag(
        "text",
        [("class", "phase"), ("x", Coordinate.text(band.from)), ("y", "14")],
        [Markup.tag("title", [], [Markup(phase.name)]), Markup(name)]),
      Markup.tag(
        "text",
        [
          ("class", "tick end"), ("x", Coordinate.text(band.to)),
          ("y", Coordinate.text(bottom + 15)),
        ], [Markup(steps)]),
      Markup.tag(
        "path",
        [
          ("class", "axis"),
          (
            "d",
            "M\(Coordinate.text(band.from)) \(Coordinate.text(bottom))H\(Coordinate.text(band.to))"
          ),
        ]),
    ]
    if !isFirst {
      let x = Coordinate.text(band.from - Self.gap / 2)
      parts.append(
        Markup.tag("path", [("class", "border"), ("d", "M\(x) 4V\(Coordinate.text(bottom))")]))
    }
    return parts
  }

  private func line(
    _ curve: Curve, _ bands: [(from: Double, to: Double)], _ scale: Scale
  ) -> Markup {
    let phase = phases[curve.phase]
    let band = bands[curve.phase]
    let each = Self.mostPoints / max(4 * curves.count, 1)
    let width = Int(min(max(band.to - band.from, 1), 1_000))
    let points = Curve.decimated(
      curve.points, into: max(20, min(width, each)), of: phase.steps)
    var path = ""
    var count = 0
    for point in points {
      guard let y = scale.place(point.value) else { continue }
      let x = band.from + point.step / max(phase.steps, 1) * (band.to - band.from)
      path += (count == 0 ? "M" : "L") + Coordinate.text(x) + " " + Coordinate.text(y)
      count += 1
    }
    // A line of one point is a dot.
    if count == 1 { path += "h0.1" }
    return Markup.tag(
      "path",
      [
        ("class", "curve c\(curve.run % Axis.colours)" + (count == 1 ? " dot" : "")), ("d", path),
        ("data-run", runs.count > 1 ? runs[curve.run] : ""), ("data-phase", phase.name),
        ("data-from", Coordinate.text(band.from)), ("data-to", Coordinate.text(band.to)),
        ("data-steps", "\(phase.steps)"),
      ])
  }
}
