public import Compute

/// The update rule and its constants.
public struct OptimizerOptions: Sendable, Equatable {
  /// What keeps gradients from growing too large.
  public enum Clipping: Sendable, Equatable {
    /// Gradients are used as they are.
    case none
    /// All gradients together are scaled to at most this norm, as `clip_grad_norm_`.
    case global(Double)
    /// Each tensor's gradient is scaled to at most this norm on its own, as TinyBERT does.
    case perTensor(Double)
  }

  /// The update rule.
  public var rule: AdamStep.Rule
  /// Decay of the first moment.
  public var beta1: Double
  /// Decay of the second moment.
  public var beta2: Double
  /// Added to the root of the second moment.
  public var epsilon: Double
  /// Decay of weights per unit of learning rate; biases and layer norms are exempt.
  public var weightDecay: Double
  /// What keeps gradients from growing too large.
  public var clipping: Clipping

  /// Creates options; `epsilon` is by default that of the rule: 1e-8 (AdamW), 1e-6 (BertAdam).
  public init(
    _ rule: AdamStep.Rule = .adamW, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double? = nil, weightDecay: Double = 0.01, clipping: Clipping = .global(1)
  ) {
    self.rule = rule
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon ?? rule.usualEpsilon
    self.weightDecay = weightDecay
    self.clipping = clipping
  }

  /// Throws an error that names the first option out of range.
  public func validate() throws {
    for (name, value) in [("adam_beta1", beta1), ("adam_beta2", beta2)]
    where !(value >= 0 && value < 1) {
      throw TrainingError.invalidOption(name, "\(value) is not in [0, 1)")
    }
    guard epsilon > 0, epsilon.isFinite else {
      throw TrainingError.invalidOption("adam_epsilon", "\(epsilon) is not positive")
    }
    guard weightDecay >= 0, weightDecay.isFinite else {
      throw TrainingError.invalidOption("weight_decay", "\(weightDecay) is negative")
    }
    switch clipping {
    case .none: return
    case .global(let norm), .perTensor(let norm):
      guard norm > 0 else {
        throw TrainingError.invalidOption("max_grad_norm", "\(norm) is not positive")
      }
    }
  }
}
