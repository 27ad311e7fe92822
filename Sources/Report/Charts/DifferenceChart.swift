/// Differences with their intervals, a row each, against no difference.
struct DifferenceChart {
  private static let size = (width: 260.0, height: 30.0)

  /// One row: the interval, its middle and the line of no difference.
  ///
  /// - Parameters:
  ///   - comparison: The difference.
  ///   - all: Those that it is shown with: all have one scale.
  /// - Returns: The drawing; nothing where a number is not finite.
  static func row(_ comparison: Evaluation.Comparison, among all: [Evaluation.Comparison]) -> Markup
  {
    let scale = Scale(
      of: all.flatMap { [$0.lower, $0.upper] }, fromZero: true, from: 8, to: size.width - 8)
    guard let zero = scale.place(0), let middle = scale.place(comparison.value),
      let lower = scale.place(comparison.lower), let upper = scale.place(comparison.upper)
    else { return Markup() }
    let x = Coordinate.text
    return Markup.tag(
      "svg",
      [
        ("class", "chart difference"), ("aria-hidden", "true"),
        ("viewBox", "0 0 \(x(size.width)) \(x(size.height))"),
      ],
      [
        Markup.tag("path", [("class", "axis"), ("d", "M\(x(zero)) 2V28")]),
        Markup.tag("path", [("class", "interval"), ("d", "M\(x(lower)) 15H\(x(upper))")]),
        Markup.tag("path", [("class", "interval"), ("d", "M\(x(lower)) 10v10M\(x(upper)) 10v10")]),
        Markup.tag("circle", [("class", "mark"), ("cx", x(middle)), ("cy", "15"), ("r", "5")]),
      ])
  }
}
