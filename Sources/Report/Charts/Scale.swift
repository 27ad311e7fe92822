internal import Foundation

/// The way from numbers to places along an axis.
struct Scale {
  /// The numbers at both ends.
  let low: Double
  let high: Double
  let isLogarithmic: Bool
  /// The places of both ends.
  let start: Double
  let end: Double
  /// How far round numbers are apart where it is not logarithmic.
  private var step = 1.0

  /// A scale on which all numbers have a place, with round numbers at the ends.
  ///
  /// - Parameters:
  ///   - values: The numbers; what is not finite does not count.
  ///   - isLogarithmic: Whether equal ratios are equally far; numbers above zero alone count then.
  ///   - fromZero: Whether it begins at zero.
  ///   - start: The place of the lower end.
  ///   - end: The place of the upper end.
  init(
    of values: some Sequence<Double>, isLogarithmic: Bool = false, fromZero: Bool = false,
    from start: Double, to end: Double
  ) {
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where value.isFinite && (value > 0 || !isLogarithmic) {
      low = min(low, value)
      high = max(high, value)
    }
    if low > high { (low, high) = isLogarithmic ? (0.1, 1) : (0, 1) }
    if isLogarithmic {
      // Powers of ten apart, or numbers that begin with 1, 2 or 5.
      low = Self.steps.last { $0 <= low * 1.0001 } ?? low
      high = Self.steps.first { $0 >= high * 0.9999 } ?? high
      if low == high { (low, high) = (low / 2, high * 2) }
    } else {
      if fromZero { (low, high) = (min(low, 0), max(high, 0)) }
      let room = high - low
      let least = max(abs(low), abs(high)) * 1e-6
      if room <= least {
        let more = max(least, low == 0 ? 1 : abs(low) * 0.1)
        (low, high) = fromZero ? (low, high + more) : (low - more, high + more)
      }
      step = Self.step(high - low, count: 4)
      low = (low / step + 1e-9).rounded(.down) * step
      high = (high / step - 1e-9).rounded(.up) * step
    }
    self.low = low
    self.high = high
    self.isLogarithmic = isLogarithmic
    self.start = start
    self.end = end
  }

  /// Numbers that begin with 1, 2 or 5, ascending.
  private static let steps: [Double] = (-300...300).flatMap { power in
    [1.0, 2, 5].map { $0 * pow(10, Double(power)) }
  }

  /// A round distance that cuts a range into about so many parts.
  private static func step(_ range: Double, count: Double) -> Double {
    let rough = range / count
    guard rough.isFinite, rough > 0 else { return 1 }
    let power = pow(10, log10(rough).rounded(.down))
    return ([1, 2, 2.5, 5].first { $0 * power >= rough * 0.9999 } ?? 10) * power
  }

  /// The place of a number; nil where it has none.
  func place(_ value: Double) -> Double? {
    guard value.isFinite, value > 0 || !isLogarithmic else { return nil }
    let share =
      isLogarithmic ? log(value / low) / log(high / low) : (value - low) / (high - low)
    return start + share * (end - start)
  }

  /// Round numbers along the axis.
  var ticks: [Double] {
    guard isLogarithmic else {
      guard let count = Int(exactly: ((high - low) / step).rounded()), count < 20 else { return [] }
      return (0...max(count, 0)).map { place in
        let tick = low + Double(place) * step
        // What ought to be zero is not a trace of a sum.
        return abs(tick) < step * 1e-6 ? 0 : tick
      }
    }
    let all = Self.steps.filter { $0 >= low * 0.9999 && $0 <= high * 1.0001 }
    guard all.count > 6 else { return all }
    let powers = all.filter { abs(log10($0) - log10($0).rounded()) < 1e-6 }
    let every = max(1, (powers.count + 4) / 5)
    return powers.enumerated().filter { $0.offset % every == 0 }.map(\.element)
  }
}
