/// A number over the steps of one phase of one run.
struct Curve: Sendable {
  /// A number at a step.
  struct Point: Sendable, Equatable {
    let step: Double
    let value: Double
  }

  /// Place of the run among those that are shown.
  let run: Int
  /// Place of the phase among those that are shown.
  let phase: Int
  /// The points, in the order of their steps.
  let points: [Point]

  /// So much of a curve as can be seen: of the points that fall into one of `count` equal stretches of
  /// steps the first, the least, the greatest and the last.
  ///
  /// - Parameters:
  ///   - points: The points; those that are not finite are left out.
  ///   - count: How many stretches there are.
  ///   - steps: The step at which the last stretch ends.
  /// - Returns: Some of the points, in their order.
  static func decimated(_ points: [Point], into count: Int, of steps: Double) -> [Point] {
    let finite = points.filter(\.value.isFinite)
    guard count > 0, steps > 0, finite.count > 4 * count else { return finite }
    var kept: [Point] = []
    var start = 0
    while start < finite.count {
      let stretch = Self.stretch(finite[start], count, steps)
      var end = start
      var least = start
      var greatest = start
      while end < finite.count, Self.stretch(finite[end], count, steps) == stretch {
        if finite[end].value < finite[least].value { least = end }
        if finite[end].value > finite[greatest].value { greatest = end }
        end += 1
      }
      for place in Set([start, least, greatest, end - 1]).sorted() { kept.append(finite[place]) }
      start = end
    }
    return kept
  }

  private static func stretch(_ point: Point, _ count: Int, _ steps: Double) -> Int {
    let share = min(max(point.step / steps, 0), 1) * Double(count)
    return min(Int(exactly: share.rounded(.down)) ?? 0, count - 1)
  }
}
