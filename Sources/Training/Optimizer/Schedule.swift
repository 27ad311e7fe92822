/// How the learning rate changes over the steps, as a factor of its peak.
public struct Schedule: Sendable, Equatable {
  /// What happens after the warm-up.
  public enum Shape: String, Sendable, Codable, CaseIterable {
    /// Linear decay to 0 at the last step.
    case linear
    /// The peak to the end.
    case constant
    /// Linear rise and decay as BertAdam has them, the warm-up a share of the steps that is not rounded.
    case warmupLinear = "warmup_linear"
  }

  /// What happens after the warm-up.
  public let shape: Shape
  /// Steps over which the rate rises linearly from 0 to its peak.
  public let warmupSteps: Int
  /// The same as a share of all steps.
  private let warmupRatio: Double
  /// Optimiser steps of the whole training.
  public let totalSteps: Int

  /// Creates a schedule with a warm-up of a given number of steps.
  public init(_ shape: Shape, warmupSteps: Int = 0, totalSteps: Int) {
    self.init(
      shape, warmupSteps: warmupSteps,
      warmupRatio: Double(warmupSteps) / Double(max(1, totalSteps)), totalSteps: totalSteps)
  }

  private init(_ shape: Shape, warmupSteps: Int, warmupRatio: Double, totalSteps: Int) {
    precondition(warmupSteps >= 0 && totalSteps > 0, "a schedule of \(totalSteps) steps")
    self.shape = shape
    self.warmupSteps = warmupSteps
    self.warmupRatio = warmupRatio
    self.totalSteps = totalSteps
  }

  /// Creates a schedule whose warm-up is a share of all steps, rounded up.
  public init(_ shape: Shape, warmupRatio: Double, totalSteps: Int) {
    self.init(
      shape,
      // A rate that rises from 0 would leave a single step without effect.
      warmupSteps: totalSteps == 1 ? 0 : Int((warmupRatio * Double(totalSteps)).rounded(.up)),
      warmupRatio: warmupRatio, totalSteps: totalSteps)
  }

  /// The factor of a step counted from 0: the step about to be taken, so a warm-up starts at 0.
  ///
  /// Values are those of transformers' `get_linear_schedule_with_warmup` and
  /// `get_constant_schedule_with_warmup`.
  public func factor(at step: Int) -> Double {
    if shape == .warmupLinear {
      let done = Double(step) / Double(totalSteps)
      return done < warmupRatio ? done / warmupRatio : max((done - 1) / (warmupRatio - 1), 0)
    }
    if step < warmupSteps { return Double(step) / Double(max(1, warmupSteps)) }
    switch shape {
    case .constant: return 1
    case .linear, .warmupLinear:
      return max(0, Double(totalSteps - step) / Double(max(1, totalSteps - warmupSteps)))
    }
  }
}
