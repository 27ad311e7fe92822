/// How far two lists of numbers are apart, judged by |a - b| <= absolute + relative * |b|.
public struct Tolerance: Sendable {
  /// What is always allowed.
  public var absolute: Double
  /// What is allowed per size of the expected value.
  public var relative: Double
}
