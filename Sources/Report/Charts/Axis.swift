/// Parts of charts that several have.
enum Axis {
  /// How many colours there are for runs: `c0`, `c1` and so on.
  static let colours = 8

  /// Lines across a chart at round numbers, with the numbers to the left.
  static func rows(_ scale: Scale, from left: Double, to right: Double) -> [Markup] {
    scale.ticks.flatMap { tick -> [Markup] in
      guard let place = scale.place(tick) else { return [] }
      let y = Coordinate.text(place)
      return [
        Markup.tag(
          "path",
          [("class", "grid"), ("d", "M\(Coordinate.text(left)) \(y)H\(Coordinate.text(right))")]),
        Markup.tag(
          "text",
          [
            ("class", "tick end"), ("x", Coordinate.text(left - 6)),
            ("y", Coordinate.text(place + 3.5)),
          ], [Markup(Quantity.tick(tick))]),
      ]
    }
  }

  /// Numbers beneath a chart.
  static func columns(_ scale: Scale, at bottom: Double) -> [Markup] {
    scale.ticks.flatMap { tick -> [Markup] in
      guard let place = scale.place(tick) else { return [] }
      let x = Coordinate.text(place)
      return [
        Markup.tag(
          "path",
          [("class", "axis"), ("d", "M\(x) \(Coordinate.text(bottom))v4")]),
        Markup.tag(
          "text",
          [("class", "tick middle"), ("x", x), ("y", Coordinate.text(bottom + 17))],
          [Markup(Quantity.tick(tick))]),
      ]
    }
  }
}
