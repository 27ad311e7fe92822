public import Transformer

/// How a training runs.
///
/// Names and meanings are those of transformers' `TrainingArguments`.
public struct TrainingOptions: Sendable, Equatable {
  /// When the model is measured on the development data.
  public enum EvaluationStrategy: String, Sendable, Codable, CaseIterable {
    /// Never.
    case no
    /// Every `evalSteps` steps, and after the last.
    case steps
    /// After every epoch, and after the last step.
    case epoch
  }

  /// Examples of a step, before accumulation.
  public var perDeviceTrainBatchSize = 32
  /// Factor by which accumulation enlarges a step.
  public var gradientAccumulationSteps = 1
  /// Whether the examples of an epoch that are too few for a full step are left out of it.
  public var dataloaderDropLast = false
  /// With what sequences are made longer, if they are: its rows share in losses that are means over rows.
  public var padding: SequencePadding?
  /// Passes over the data; may be a fraction.
  public var numTrainEpochs = 3.0
  /// Optimiser steps; overrides `numTrainEpochs`.
  public var maxSteps: Int?
  /// Peak learning rate.
  public var learningRate = 5e-5
  /// What the learning rate does after the warm-up.
  public var lrSchedulerType = Schedule.Shape.linear
  /// Share of the steps over which the learning rate rises.
  public var warmupRatio = 0.1
  /// Update rule, weight decay and clipping.
  public var optimizer = OptimizerOptions()
  /// Seed of data order, dropout and masking.
  public var seed: UInt64 = 42
  /// Most rows of a packed micro-batch: a matter of memory alone.
  public var maxTokens = 1024
  /// Steps between two reports.
  public var loggingSteps = 50
  /// Steps between two checkpoints; none are asked for when nil.
  public var saveSteps: Int?
  /// Minutes without a checkpoint after which the next step that ends is followed by one; the clock
  /// is not asked when nil.
  public var saveMinutes: Double?
  /// When the model is measured.
  public var evalStrategy = EvaluationStrategy.no
  /// Steps between two measurements under `.steps`.
  public var evalSteps = 500
  /// The metric that chooses the best weights, and decides when training stops early.
  public var metricForBestModel: String?
  /// Whether more of the metric is better.
  public var greaterIsBetter = true
  /// Whether the training's result is the best weights instead of the last; only then are they kept.
  public var loadBestModelAtEnd = false
  /// Measurements without improvement after which training stops.
  public var earlyStoppingPatience: Int?
  /// How much better than the best a measurement must be to count as improvement.
  public var earlyStoppingThreshold = 0.0

  /// The defaults.
  public init() {}

  /// Examples of a full optimiser step.
  public var examplesPerStep: Int { perDeviceTrainBatchSize * gradientAccumulationSteps }

  /// Throws an error that names the first option out of range or in contradiction.
  public func validate() throws {
    try optimizer.validate()
    for (name, value) in [
      ("per_device_train_batch_size", perDeviceTrainBatchSize),
      ("gradient_accumulation_steps", gradientAccumulationSteps), ("max_tokens", maxTokens),
      ("logging_steps", loggingSteps), ("eval_steps", evalSteps),
      ("save_steps", saveSteps ?? 1), ("max_steps", maxSteps ?? 1),
      ("early_stopping_patience", earlyStoppingPatience ?? 1),
    ] where value < 1 {
      throw TrainingError.invalidOption(name, "\(value) is not at least 1")
    }
    guard numTrainEpochs > 0, numTrainEpochs.isFinite else {
      throw TrainingError.invalidOption("num_train_epochs", "\(numTrainEpochs) is not positive")
    }
    guard saveMinutes ?? 1 > 0 else {
      throw TrainingError.invalidOption("save_minutes", "\(saveMinutes ?? 0) is not positive")
    }
    guard learningRate >= 0, learningRate.isFinite else {
      throw TrainingError.invalidOption("learning_rate", "\(learningRate) is negative")
    }
    guard warmupRatio >= 0, warmupRatio <= 1 else {
      throw TrainingError.invalidOption("warmup_ratio", "\(warmupRatio) is not in [0, 1]")
    }
    guard earlyStoppingThreshold >= 0, earlyStoppingThreshold.isFinite else {
      throw TrainingError.invalidOption(
        "early_stopping_threshold", "\(earlyStoppingThreshold) is negative")
    }
    try validateSelection()
  }

  private func validateSelection() throws {
    let wantsBest = loadBestModelAtEnd ? "load_best_model_at_end" : "early_stopping_patience"
    if loadBestModelAtEnd || earlyStoppingPatience != nil {
      guard evalStrategy != .no else {
        throw TrainingError.invalidOption(wantsBest, "needs eval_strategy steps or epoch")
      }
      guard metricForBestModel != nil else {
        throw TrainingError.invalidOption(wantsBest, "needs metric_for_best_model")
      }
    }
  }

  /// The schedule of a training of this many steps.
  public func schedule(totalSteps: Int) -> Schedule {
    Schedule(lrSchedulerType, warmupRatio: warmupRatio, totalSteps: totalSteps)
  }
}
