/// Factors of a loss's terms, each the same all along or on a course from a phase's first step to its last.
///
/// What a term weighs at a step depends on the step and the number of steps alone.
public struct LossWeights: Sendable, Equatable {
  /// A factor that goes evenly from one number to another.
  public struct Course: Sendable, Equatable {
    /// At the first step.
    public let first: Double
    /// At the last step.
    public let last: Double

    /// A course between two numbers.
    public init(first: Double, last: Double) {
      self.first = first
      self.last = last
    }

    /// The factor when a share of the way, in [0, 1], is gone.
    func value(at progress: Double) -> Double {
      progress == 1 ? last : first + (last - first) * progress
    }
  }

  private let courses: [String: Course]

  /// Weights of terms by their names; any other weighs 1.
  public init(_ courses: [String: Course] = [:]) { self.courses = courses }

  /// What a term weighs in a step.
  public subscript(term: String, totals: StepTotals) -> Double {
    courses[term]?.value(at: totals.progress) ?? 1
  }
}
