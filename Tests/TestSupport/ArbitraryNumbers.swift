/// A repeatable supply of unremarkable numbers for tests.
public struct ArbitraryNumbers: Sendable {
  private var state: UInt64

  /// The supply with a number of its own.
  public init(_ seed: UInt64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
  }

  /// A number in -1..<1.
  public mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let mixed = (state ^ (state >> 29)) &* 0xBF58_476D_1CE4_E5B9
    return Double(mixed >> 11) * 0x1p-52 - 1
  }

  /// Single-precision numbers in -scale..<scale.
  public mutating func floats(_ count: Int, scale: Double = 1) -> [Float] {
    (0..<count).map { _ in Float(next() * scale) }
  }

  /// An integer in `0..<bound`.
  public mutating func below(_ bound: Int) -> Int {
    min(bound - 1, Int((next() + 1) / 2 * Double(bound)))
  }
}
