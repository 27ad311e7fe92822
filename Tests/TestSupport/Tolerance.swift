/// When two numbers count as equal: |a - b| <= absolute + relative * |b|.
public struct Tolerance: Sendable {
  /// What is always allowed.
  public var absolute: Double
  /// What is allowed in proportion to the expected number.
  public var relative: Double

  /// A tolerance.
  public init(absolute: Double, relative: Double) {
    self.absolute = absolute
    self.relative = relative
  }

  /// What a forward pass in single precision is held to.
  public static let forward = Tolerance(absolute: 1e-4, relative: 1e-5)
}

/// The outcome of comparing two lists of numbers; its description names the worst element.
public struct Comparison: CustomStringConvertible, Sendable {
  /// Whether every element is within the tolerance, and there are as many as expected.
  public let isClose: Bool
  /// The largest distance.
  public let largestDifference: Double
  /// What is wrong, or how close it is.
  public let description: String

  /// Compares element by element; numbers that are not finite are equal only to themselves.
  public init(_ actual: [Double], _ expected: [Double], within tolerance: Tolerance) {
    guard actual.count == expected.count else {
      isClose = false
      largestDifference = .infinity
      description = "\(actual.count) numbers instead of \(expected.count)"
      return
    }
    var worst = (index: 0, excess: -Double.infinity)
    var largest = 0.0
    for (index, (a, b)) in zip(actual, expected).enumerated() where a != b {
      let difference = (a - b).isFinite ? abs(a - b) : .infinity
      let excess = difference - tolerance.absolute - tolerance.relative * abs(b)
      largest = max(largest, difference)
      if excess > worst.excess || excess.isNaN {
        worst = (index, excess.isNaN ? .infinity : excess)
      }
    }
    isClose = worst.excess <= 0
    largestDifference = largest
    description =
      actual.isEmpty || worst.excess == -.infinity
      ? "equal"
      : "worst at \(worst.index) of \(actual.count): \(actual[worst.index]) "
        + "instead of \(expected[worst.index])"
  }

  /// Compares single-precision results with a double-precision reference.
  public init(_ actual: [Float], _ expected: [Double], within tolerance: Tolerance) {
    self.init(actual.map(Double.init), expected, within: tolerance)
  }
}

/// The length of a - b in proportion to that of b, and to `floor`: how gradients are judged.
public func relativeDistance(_ a: [Double], _ b: [Double], floor: Double = 1e-30) -> Double {
  precondition(a.count == b.count, "\(a.count) numbers against \(b.count)")
  let difference = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  let size = b.reduce(0) { $0 + $1 * $1 }
  return (difference / max(size, floor)).squareRoot()
}
