/// How a stage stands after a step.
public struct StepEvent: Sendable {
  /// Optimiser steps done.
  public let step: Int
  /// Steps the stage will make in all.
  public let totalSteps: Int
  /// Epochs done, as a fraction.
  public let epoch: Double
  /// Loss terms by name, in the order to show them.
  public let terms: [(String, Double)]
  /// Learning rate of the step.
  public let learningRate: Double
  /// Tokens per second of late.
  public let tokensPerSecond: Double
  /// Estimated seconds to the end of the stage, nil while unknown.
  public let secondsLeft: Double?
  /// Norm of the step's gradients before clipping; nil where it is not known.
  public let gradientNorm: Double?
  /// Memory that the stage's process has resident, in bytes; nil where it was not looked at.
  public let residentMemory: Int?

  /// A step.
  public init(
    step: Int, totalSteps: Int, epoch: Double, terms: [(String, Double)], learningRate: Double,
    tokensPerSecond: Double, secondsLeft: Double?, gradientNorm: Double? = nil,
    residentMemory: Int? = nil
  ) {
    self.step = step
    self.totalSteps = totalSteps
    self.epoch = epoch
    self.terms = terms
    self.learningRate = learningRate
    self.tokensPerSecond = tokensPerSecond
    self.secondsLeft = secondsLeft
    self.gradientNorm = gradientNorm
    self.residentMemory = residentMemory
  }
}

extension StepEvent {
  /// What the record keeps of it beside its loss terms, in the order to show them; what is not known is left
  /// out.
  public var figures: [(name: String, value: Double)] {
    var figures: [(name: String, value: Double)] = [
      ("epoch", epoch), ("learning_rate", learningRate), ("tokens_per_second", tokensPerSecond),
    ]
    if let gradientNorm { figures.append(("grad_norm", gradientNorm)) }
    if let residentMemory {
      figures.append(("resident_memory_mib", Double(residentMemory >> 20)))
    }
    return figures
  }
}

/// What happens in a run, as values; rendering is the listener's.
public enum RunEvent: Sendable {
  /// A run begins, or goes on if it was stopped; `stages` counts those selected.
  case runStarted(run: RunRecord, pipeline: String, workspace: String, stages: Int)
  /// A stage begins, and why: `stage` has its options, `record` the attempt's identity, fingerprint,
  /// inputs and environment, as the manifest keeps them.
  case stageStarted(stage: PipelineStage, record: StageRecord, reason: String)
  /// A stage is current, as its `record` says, and need not run.
  case stageSkipped(name: String, record: StageRecord?)
  /// What an earlier attempt made of the same options and inputs was taken for a stage's outputs, and
  /// its `record` for the stage's.
  case stageRestored(name: String, record: StageRecord)
  /// Training went on.
  case step(stage: String, StepEvent)
  /// Training goes on between two steps that are recorded: for whoever watches, by the clock.
  case pulse(stage: String, StepEvent)
  /// Work that has no optimiser steps went on: `done` of `total` units.
  case progress(stage: String, done: Int, total: Int, unit: String)
  /// A remark.
  case note(stage: String, text: String)
  /// A training begins (step 0) or goes on after `step`; `evaluatedStep` is the step after which it
  /// last scored its model. What was recorded of later ones is about to be done again.
  case resumed(stage: String, step: Int, evaluatedStep: Int)
  /// Metrics on held-out data at a step.
  case evaluated(stage: String, step: Int, metrics: [(String, Double)])
  /// A stage is done; the manifest is about to say so.
  case stageFinished(name: String, seconds: Double, metrics: [(String, Double)])
  /// A stage saved its state and stopped.
  case stageInterrupted(name: String, step: Int?)
  /// A stage failed in a way that may pass; it is tried again after a while.
  case stageRetried(name: String, message: String, seconds: Int)
  /// A stage cannot run because others failed.
  case stageBlocked(name: String, by: [String])
  /// A stage failed; the error in one line.
  case stageFailed(name: String, message: String)
}
