import Compute
import Training

/// Times optimiser steps of a distillation phase: the same trainer, loss, options and dropout as in
/// the stage of that name.
public struct TrainingBenchmark {
  /// The phase whose steps are timed.
  public enum Phase: String, Sendable, CaseIterable {
    /// A student learns an encoder's layers.
    case general
    /// A student learns the layers of a teacher with a classifier, whose logits are kept.
    case intermediate
    /// A student with a classifier learns logits that are already there (they are drawn).
    case prediction
  }

  /// What is timed.
  public struct Settings: Sendable {
    /// A preset's name, or a model folder or artifact.
    public var teacher: String
    /// A preset's name, or a model folder or artifact.
    public var student: String
    /// Examples a step.
    public var batch = 32
    /// Tokens of a drawn sequence, or the most of a text.
    public var length = 128
    /// A file of texts; ids are drawn if `nil`.
    public var text: String?
    /// `auto`, or the name of a precision.
    public var precision = "auto"
    /// Threads; all cores if `nil`.
    public var threads: Int?
    /// Steps that are timed.
    public var steps = 5
    /// Steps before those.
    public var warmup = 2
    /// Seed of weights, ids, order and dropout.
    public var seed: UInt64 = 42

    /// The defaults.
    public init(teacher: String, student: String) {
      self.teacher = teacher
      self.student = student
    }
  }

  private let phase: Phase
  private let settings: Settings
  private let context: ComputeContext
  private let trainer: Trainer

  /// Loads or draws the models and what they are trained on.
  ///
  /// - Throws: `StageError` naming the option that is wrong, and what is wrong with a file.
  public init(_ phase: Phase, _ settings: Settings) throws {
    try BenchmarkLimits.check("--batch", settings.batch, 1...100_000)
    try BenchmarkLimits.check("--steps", settings.steps, 1...1_000_000)
    try BenchmarkLimits.check("--warmup", settings.warmup, 0...1_000_000)
    self.phase = phase
    self.settings = settings
    context = try BenchmarkLimits.context(
      threads: settings.threads, precision: settings.precision)
    trainer = try BenchmarkTraining(phase, settings).trainer(on: context)
  }

  /// Takes the steps and times them.
  ///
  /// - Parameter isInterrupted: Asked before every micro-batch.
  /// - Returns: The figures.
  /// - Throws: `BenchmarkInterruption` when asked to stop, `TrainingError` on numbers that are not
  ///   finite.
  public func run(isInterrupted: () -> Bool = { false }) throws -> TrainingFigures {
    let clock = ContinuousClock()
    var taken: [TrainingFigures.Step] = []
    for step in 0..<settings.warmup + settings.steps {
      context.productRecord = step < settings.warmup ? nil : ProductRecord()
      let before = trainer.state.tokens
      let start = clock.now
      guard try trainer.step(shouldStop: isInterrupted) != nil else {
        throw BenchmarkInterruption()
      }
      let seconds = (clock.now - start) / .seconds(1)
      guard let products = context.productRecord else { continue }
      taken.append(
        TrainingFigures.Step(
          seconds: seconds, tokens: trainer.state.tokens - before, products: products))
    }
    context.productRecord = nil
    // Read before the large products below take memory of their own.
    let memory = PeakMemory.bytes
    return TrainingFigures(
      phase: phase, settings: settings, steps: taken, threads: context.threads,
      precision: context.precision.rawValue, peakMemory: memory,
      matrixPeak: ProductTimer(context: context).peak())
  }
}
