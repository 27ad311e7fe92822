/// What a trainer tells whoever is watching.
public enum TrainingEvent: Sendable {
  /// Training begins or goes on.
  case started(Plan)
  /// A report: every `loggingSteps` steps, and after the last.
  case step(Report)
  /// How it goes between two reports: for whoever watches, by the clock, never part of a record.
  case pulse(Report)
  /// The model was measured after a step; `isBest` when no earlier measurement was as good.
  case evaluated(step: Int, metrics: [String: Double], isBest: Bool)
  /// Training ends for want of improvement.
  case stoppedEarly(step: Int)

  /// What lies ahead.
  public struct Plan: Sendable, Equatable {
    /// Steps already taken.
    public let step: Int
    /// Steps of the whole training.
    public let totalSteps: Int
    /// Steps of one pass over the data.
    public let stepsPerEpoch: Int
    /// Examples in the data.
    public let examples: Int
    /// Numbers that are trained.
    public let trainedParameters: Int
  }

  /// How training goes.
  public struct Report: Sendable {
    /// Steps taken.
    public let step: Int
    /// Steps of the whole training.
    public let totalSteps: Int
    /// Passes over the data so far, as a fraction.
    public let epoch: Double
    /// Mean loss terms over the steps since the last report.
    public let terms: LossTerms
    /// Learning rate of the last step.
    public let learningRate: Double
    /// Norm of the last step's gradients before clipping.
    public let gradientNorm: Double
    /// Tokens per second since the last report.
    public let tokensPerSecond: Double
    /// Seconds to go at the pace so far.
    public let secondsLeft: Double
  }
}

/// How a training ended.
public struct TrainingSummary: Sendable {
  /// Why it ended.
  public enum Outcome: String, Sendable {
    /// All steps were taken.
    case finished
    /// The metric stopped improving.
    case stoppedEarly
    /// It was asked to stop and can go on later.
    case interrupted
  }

  /// Why it ended.
  public let outcome: Outcome
  /// Where it stands.
  public let state: TrainerState
  /// Seconds this run took.
  public let seconds: Double
  /// Mean loss terms of the last report.
  public let terms: LossTerms
  /// Optimiser steps of the whole training.
  public let totalSteps: Int
}
