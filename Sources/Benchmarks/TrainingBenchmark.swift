import Compute
import Files
import Foundation
import Pipelines
import Stages
import Tasks
import Training

/// Times optimiser steps of a phase: the same trainer, loss, options and dropout as in
/// the stage of that name.
public struct TrainingBenchmark {
  /// The phase whose steps are timed.
  public enum Phase: String, Sendable, CaseIterable {
    /// A student learns an encoder's layers.
    case general
    /// A student learns the layers of a teacher with a classifier, whose logits are kept.
    case intermediate
    /// A student under a head learns logits that are already there (they are drawn).
    case prediction
    /// A model, teacher and student at once, learns answers (they are drawn).
    case finetune
  }

  /// What is timed.
  public struct Settings: Sendable {
    /// A preset's name, or a model folder or artifact.
    public var teacher: String
    /// A preset's name, or a model folder or artifact.
    public var student: String
    /// The name of the task, of the prediction phase and of fine-tuning alone.
    public var task = TaskTable.ofRows[0].name
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
    /// Whether the teacher's layers are computed once, over all texts, and read in every step; of the
    /// intermediate phase alone.
    public var cachesTeacher = false
    /// Epochs that the cache serves; those of the stage if `nil`.
    public var epochs: Int?

    /// The defaults.
    public init(teacher: String, student: String) {
      self.teacher = teacher
      self.student = student
    }
  }

  private let phase: Phase
  private let settings: Settings
  private let context: ComputeContext
  private let training: BenchmarkTraining

  /// Opens the models, and reads or draws what they are trained on.
  ///
  /// - Precondition: Nothing is cached but in the intermediate phase.
  /// - Throws: `StageError` naming the option that is wrong, and what is wrong with a file.
  public init(_ phase: Phase, _ settings: Settings) throws {
    try BenchmarkLimits.check("--batch", settings.batch, 1...100_000)
    try BenchmarkLimits.check("--steps", settings.steps, 1...1_000_000)
    try BenchmarkLimits.check("--warmup", settings.warmup, 0...1_000_000)
    if let epochs = settings.epochs {
      try BenchmarkLimits.check("--epochs", epochs, 1...100_000)
      guard settings.cachesTeacher else {
        throw StageError.usage(
          "--epochs", "there is no cache to serve them",
          cure: "add --cache-teacher, or leave it out")
      }
    }
    guard !settings.cachesTeacher || settings.text != nil else {
      throw StageError.usage(
        "--cache-teacher", "drawn ids have no epochs",
        cure: "name a file of texts with --text")
    }
    precondition(!settings.cachesTeacher || phase == .intermediate, "\(phase) caches nothing here")
    self.phase = phase
    self.settings = settings
    context = try BenchmarkLimits.context(
      threads: settings.threads, precision: settings.precision)
    training = try BenchmarkTraining(phase, settings)
  }

  /// Makes the cache where one is wanted, takes the steps, and times both.
  ///
  /// The cache lies in a temporary folder, which is removed in the end, whatever that is.
  ///
  /// - Parameter isInterrupted: Asked before every micro-batch.
  /// - Returns: The figures.
  /// - Throws: `BenchmarkInterruption` when asked to stop, `TrainingError` on numbers that are not
  ///   finite, `FileError` where the cache has no room; why the models do not fit each other.
  public func run(isInterrupted: @escaping @Sendable () -> Bool = { false }) throws
    -> TrainingFigures
  {
    let folder = FileManager.default.temporaryDirectory.path + "/distill-bench-\(UUID())"
    do {
      let figures = try figures(in: surroundings(folder, isInterrupted))
      try removeTree(folder)
      return figures
    } catch {
      try? removeTree(folder)
      if error is StageInterruption { throw BenchmarkInterruption() }
      throw error
    }
  }

  /// What the stage's code may know of the world; it makes the folder when it needs it.
  private func surroundings(
    _ folder: String, _ isInterrupted: @escaping @Sendable () -> Bool
  ) -> StageContext {
    StageContext(
      stage: phase.rawValue, inputs: [:], outputs: [:], checkpointFolder: folder + "/checkpoints",
      cacheFolder: folder + "/cache", seed: settings.seed, threads: context.threads,
      events: { _ in }, isInterrupted: isInterrupted)
  }

  private func figures(in stage: StageContext) throws -> TrainingFigures {
    let (trainer, cache) = try training.trainer(in: stage, on: context)
    let clock = ContinuousClock()
    var taken: [TrainingFigures.Step] = []
    for step in 0..<settings.warmup + settings.steps {
      context.productRecord = step < settings.warmup ? nil : ProductRecord()
      let before = trainer.state.tokens
      let start = clock.now
      guard try trainer.step(shouldStop: stage.isInterrupted) != nil else {
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
      phase: phase, settings: settings, steps: taken, cache: cache, threads: context.threads,
      precision: context.precision.rawValue, peakMemory: memory,
      matrixPeak: ProductTimer(context: context).peak())
  }
}
