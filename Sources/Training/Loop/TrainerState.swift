/// Where a training stands: integers and metrics, nothing that depends on the machine.
///
/// Together with weights and moments, and the gradients of a step that is under way, it is all that a
/// checkpoint holds. Epoch, place in the data and random streams follow from `step`.
public struct TrainerState: Sendable, Codable, Equatable {
  /// How far a step that is under way has come.
  public struct OpenStep: Sendable, Codable, Equatable {
    /// Micro-batches whose gradients are summed; at least one.
    public var microBatches = 0
    /// The sums of their loss terms.
    public var terms = LossTerms()
    /// The bound under which the step was cut into micro-batches: under another one, there is no
    /// going on with it.
    public let maxTokens: Int
  }

  /// Optimiser steps taken.
  public var step = 0
  /// Tokens trained on.
  public var tokens = 0
  /// Sums of the loss terms since the last report.
  public var runningTerms = LossTerms()
  /// Steps in `runningTerms`.
  public var runningSteps = 0
  /// Mean loss terms of the last report.
  public var reportedTerms = LossTerms()
  /// Step after which the model was last measured; 0 when it never was.
  public var evaluatedStep = 0
  /// Best metric so far; nil stands for "worse than anything".
  public var bestMetric: Double?
  /// Step after which it was measured.
  public var bestStep: Int?
  /// Measurements since the last improvement.
  public var evaluationsWithoutImprovement = 0
  /// Whether training ended for want of improvement.
  public var stoppedEarly = false
  /// The step after `step`, where a stop has left it half done; nil between steps.
  public var openStep: OpenStep?

  /// The state before the first step.
  public init() {}

  /// Which of the numbers no training can have come to; nil where all are possible.
  ///
  /// A state may come from a file that a stranger made: what is possible is also what can be counted
  /// on without overflow.
  public var fault: String? {
    let largest = 1 << 53
    guard (0...largest).contains(step), (0...largest).contains(tokens),
      (0...largest).contains(evaluationsWithoutImprovement)
    else { return "its counters are beyond any training" }
    guard [runningSteps, evaluatedStep, bestStep ?? 0].allSatisfy((0...step).contains) else {
      return "its counters are beyond its step, \(step)"
    }
    guard openStep.map({ $0.microBatches > 0 && $0.maxTokens > 0 }) ?? true else {
      return "its half-done step has no micro-batch"
    }
    return nil
  }

  /// Records a measurement of the metric that chooses the best weights.
  ///
  /// NaN never wins. A measurement resets the patience only when it is better than the best so far
  /// by more than the threshold; it becomes the best when it is better at all.
  ///
  /// - Parameters:
  ///   - metric: the value measured after `step`.
  ///   - greaterIsBetter: the metric's direction.
  ///   - threshold: margin that counts as an improvement.
  /// - Returns: whether it is the best so far.
  public mutating func record(
    metric: Double, greaterIsBetter: Bool, threshold: Double = 0
  ) -> Bool {
    guard !metric.isNaN else {
      evaluationsWithoutImprovement += 1
      return false
    }
    let sign = greaterIsBetter ? 1.0 : -1.0
    let gain = bestMetric.map { sign * (metric - $0) } ?? .infinity
    evaluationsWithoutImprovement = gain > threshold ? 0 : evaluationsWithoutImprovement + 1
    guard gain > 0 else { return false }
    // An infinite metric cannot be stored as JSON and cannot be beaten: keep its finite bound.
    bestMetric = min(max(metric, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
    bestStep = step
    return true
  }
}
