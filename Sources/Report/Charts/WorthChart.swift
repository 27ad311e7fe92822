/// Scores of models against what they cost, each with its interval and its name beside it.
struct WorthChart {
  /// A model.
  struct Point: Sendable {
    let name: String
    let role: Evaluation.Role
    /// What it costs.
    let cost: Double
    let score: Double
    /// The interval of the score; nil where it is not known.
    let interval: (lower: Double, upper: Double)?
  }

  private static let size = (width: 400.0, height: 290.0)
  private static let frame = (left: 52.0, right: 388.0, top: 30.0, bottom: 240.0)

  let points: [Point]
  /// What the axes are.
  let costName: String
  let scoreName: String
  /// What a unit of the cost's axis is, such as 1,000,000 for millions.
  var costUnit = 1.0
  /// What a unit of the score's axis is: 0.01 for percent.
  var scoreUnit = 1.0

  /// The drawing; nil where no model has both numbers.
  var figure: Markup? {
    let points = points.filter { $0.cost.isFinite && $0.score.isFinite }
    guard !points.isEmpty else { return nil }
    let costs = points.map { $0.cost / costUnit }
    // Proportions are seen from zero; where they are too great for it, ratios are.
    let isLogarithmic =
      (costs.min() ?? 0) > 0 && (costs.max() ?? 0) / (costs.min() ?? 1) > 30
    let across = Scale(
      of: costs, isLogarithmic: isLogarithmic, fromZero: true, from: Self.frame.left,
      to: Self.frame.right)
    let ends = points.flatMap { point in
      [point.score] + (point.interval.map { [$0.lower, $0.upper] } ?? [])
    }
    let up = Scale(
      of: ends.map { $0 / scoreUnit }, from: Self.frame.bottom, to: Self.frame.top)
    let placed = points.compactMap { point -> Placed? in
      guard let x = across.place(point.cost / costUnit), let y = up.place(point.score / scoreUnit)
      else { return nil }
      let ends = point.interval.flatMap { interval -> (Double, Double)? in
        guard let lower = up.place(interval.lower / scoreUnit),
          let upper = up.place(interval.upper / scoreUnit)
        else { return nil }
        return (lower, upper)
      }
      return Placed(point: point, x: x, y: y, ends: ends)
    }
    let bottom = Coordinate.text(Self.frame.bottom)
    return Markup.tag(
      "svg",
      [
        ("class", "chart worth"), ("role", "img"),
        (
          "aria-label",
          "\(scoreName) against \(costName): "
            + points.map { "\($0.name) \(label($0))" }.joined(separator: "; ")
        ),
        ("viewBox", "0 0 \(Coordinate.text(Self.size.width)) \(Coordinate.text(Self.size.height))"),
      ],
      Axis.rows(up, from: Self.frame.left, to: Self.frame.right)
        + Axis.columns(across, at: Self.frame.bottom)
        + [
          Markup.tag(
            "path",
            [
              ("class", "axis"),
              ("d", "M\(Coordinate.text(Self.frame.left)) \(bottom)H388"),
            ]),
          Markup.tag(
            "text", [("class", "axis-name"), ("x", "4"), ("y", "14")], [Markup("↑ " + scoreName)]),
          Markup.tag(
            "text", [("class", "axis-name end"), ("x", "388"), ("y", "280")],
            [Markup(costName + (isLogarithmic ? ", logarithmic" : ""))]),
        ] + placed.map(mark) + labels(placed))
  }

  private struct Placed {
    let point: Point
    let x: Double
    let y: Double
    let ends: (lower: Double, upper: Double)?
  }

  private func label(_ point: Point) -> String {
    "\(Quantity.tick((point.score / scoreUnit * 10).rounded() / 10)) at "
      + Quantity.tick((point.cost / costUnit * 100).rounded() / 100)
  }

  private func mark(_ placed: Placed) -> Markup {
    let (x, y) = (Coordinate.text(placed.x), Coordinate.text(placed.y))
    var parts: [Markup] = [
      Markup.tag("title", [], [Markup("\(placed.point.name): \(label(placed.point))")])
    ]
    if let ends = placed.ends {
      let (lower, upper) = (Coordinate.text(ends.lower), Coordinate.text(ends.upper))
      let left = Coordinate.text(placed.x - 4)
      parts.append(
        Markup.tag(
          "path",
          [
            ("class", "interval"),
            ("d", "M\(x) \(lower)V\(upper)M\(left) \(lower)h8M\(left) \(upper)h8"),
          ]))
    }
    // A shape each: colours alone do not tell.
    let shape =
      switch placed.point.role {
      case .teacher: "M\(x) \(y)m-6-6h12v12h-12z"
      case .student: "M\(x) \(y)m-6.5 0a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0z"
      case .baseline: "M\(x) \(y)m0-7.5l7.5 7.5l-7.5 7.5l-7.5-7.5z"
      }
    parts.append(Markup.tag("path", [("class", "mark"), ("d", shape)]))
    return Markup.tag("g", [("class", placed.point.role.rawValue)], parts)
  }

  /// The names, each where it covers nothing.
  private func labels(_ placed: [Placed]) -> [Markup] {
    var taken = placed.flatMap { point -> [Box] in
      let mark = Box(point.x - 8, point.y - 8, point.x + 8, point.y + 8)
      guard let ends = point.ends else { return [mark] }
      return [mark, Box(point.x - 4, ends.upper, point.x + 4, ends.lower)]
    }
    // Where there are too many to be read, those of the best are; the table has all.
    let shown = placed.sorted { $0.point.score > $1.point.score }.prefix(24)
    return shown.compactMap { point -> Markup? in
      let name =
        point.point.name.count <= 28 ? point.point.name : point.point.name.prefix(27) + "…"
      let width = 7.6 * Double(name.count)
      let offers: [(x: Double, y: Double, anchor: String)] = [
        (point.x + 12, point.y + 4, "start"), (point.x - 12, point.y + 4, "end"),
        (point.x + 12, point.y - 10, "start"), (point.x + 12, point.y + 18, "start"),
        (point.x - 12, point.y - 10, "end"), (point.x - 12, point.y + 18, "end"),
        (point.x, point.y - 14, "middle"), (point.x, point.y + 24, "middle"),
        (point.x + 12, point.y - 22, "start"), (point.x + 12, point.y + 30, "start"),
      ]
      for offer in offers {
        let left =
          offer.x - (offer.anchor == "start" ? 0 : offer.anchor == "end" ? width : width / 2)
        let box = Box(left, offer.y - 11, left + width, offer.y + 3)
        guard left >= Self.frame.left, left + width <= Self.size.width, box.top > 16,
          box.bottom < Self.frame.bottom + 2, !taken.contains(where: box.meets)
        else { continue }
        taken.append(box)
        return Markup.tag(
          "text",
          [
            ("class", "label \(offer.anchor) \(point.point.role.rawValue)"),
            ("x", Coordinate.text(offer.x)), ("y", Coordinate.text(offer.y)),
          ], [Markup(name)])
      }
      return nil
    }
  }

  private struct Box {
    let left: Double
    let top: Double
    let right: Double
    let bottom: Double

    init(_ left: Double, _ top: Double, _ right: Double, _ bottom: Double) {
      (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
    }

    func meets(_ other: Box) -> Bool {
      left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }
  }
}
