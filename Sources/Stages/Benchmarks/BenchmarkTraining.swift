import Compute
import Distillation
import Pipelines
import RandomStreams
import Training
import Transformer

/// What a benchmark trains: the models, the examples and the options of a phase's stage.
struct BenchmarkTraining {
  private let phase: TrainingBenchmark.Phase
  private let seed: UInt64
  private let teacher: BenchmarkModel
  private let student: BenchmarkModel
  private let studentConfiguration: ModelConfiguration
  private let examples: InMemoryExamples
  /// The stage's options with their defaults.
  private let options: OptionValues

  /// Opens the models and reads or draws the examples.
  ///
  /// - Throws: `StageError` naming the option that is wrong, and what is wrong with a file.
  init(_ phase: TrainingBenchmark.Phase, _ settings: TrainingBenchmark.Settings) throws {
    self.phase = phase
    seed = settings.seed
    teacher = try BenchmarkModel(settings.teacher, option: "--teacher")
    student = try BenchmarkModel(settings.student, option: "--student")
    if let teacher = teacher.source, let student = student.source {
      try student.requireSameTokenizer(as: teacher)
    }
    studentConfiguration = try Self.configuration(of: student, under: teacher)
    let fields =
      switch phase {
      case .general: GeneralStage.fields
      case .intermediate: IntermediateStage.fields
      case .prediction: PredictionStage.fields
      }
    let steps = settings.warmup + settings.steps
    options = try OptionValues(
      flags: [("per_device_train_batch_size", "\(settings.batch)"), ("max_steps", "\(steps)")],
      fields: fields)
    let sizes = [teacher.configuration, studentConfiguration]
    let positions = sizes.map(\.maximumPositions).min() ?? 0
    try BenchmarkLimits.check("--length", settings.length, 3...max(3, positions))
    guard let path = settings.text else {
      examples = BenchmarkExamples.drawn(
        count: settings.batch * steps, length: settings.length,
        vocabularySize: sizes.map(\.vocabularySize).min() ?? 0, seed: seed)
      return
    }
    guard let tokenizer = teacher.source?.tokenizer else {
      throw StageError.usage(
        "--text", "the teacher is a preset, which has no tokenizer",
        cure: "name a model folder or an artifact as the teacher")
    }
    examples = try BenchmarkExamples.read(path, tokenizer: tokenizer, length: settings.length)
  }

  /// A preset takes over what must be the teacher's, as a new student does.
  private static func configuration(
    of student: BenchmarkModel, under teacher: BenchmarkModel
  ) throws -> ModelConfiguration {
    if let source = student.source { return source.configuration }
    var configuration = student.configuration
    configuration.takeInput(of: teacher.configuration)
    return configuration
  }

  /// The phase's trainer, built as its stage builds it.
  ///
  /// - Throws: What is wrong with the models, or why they do not fit each other.
  func trainer(on context: ComputeContext) throws -> Trainer {
    switch phase {
    case .general: try generalTrainer(on: context)
    case .intermediate: try intermediateTrainer(on: context)
    case .prediction: try predictionTrainer(on: context)
    }
  }

  private func generalTrainer(on context: ComputeContext) throws -> Trainer {
    let loaded = try teacher.loadEncoder(seed: seed)
    let runner = TeacherRunner(loaded.model, weights: loaded.weights, on: context)
    let student = try matchedStudent()
    return try Trainer(
      student.loaded.model, weights: student.loaded.weights,
      objective: student.objective(teacher: runner), source: examples,
      options: TrainingFields.options(options, seed: seed), on: context)
  }

  private func intermediateTrainer(on context: ComputeContext) throws -> Trainer {
    let labels = teacher.labels
    let loaded = try teacher.load(classifierOf: labels, seed: seed)
    let runner = TeacherRunner(loaded.model, weights: loaded.weights, on: context)
    let student = try matchedStudent()
    let recorder = TeacherLogitRecorder(examples: examples.count, labels: labels.count)
    return try Trainer(
      student.loaded.model, weights: student.loaded.weights,
      objective: student.objective(teacher: runner, recorder: recorder), source: examples,
      options: TrainingFields.options(options, seed: seed), on: context)
  }

  private func predictionTrainer(on context: ComputeContext) throws -> Trainer {
    let labels = teacher.labels
    let loaded = try student.load(
      classifierOf: labels, configuration: studentConfiguration, seed: seed)
    var draws = RandomStream(seed: seed, purpose: "benchmark-logits").sequence()
    let logits = (0..<examples.count * labels.count).map { _ in Float(draws.normal()) }
    let objective = try PredictionObjective(
      student: loaded.model,
      teacher: .cached(labels: labels.count) { rows in
        rows.flatMap { logits[$0 * labels.count..<($0 + 1) * labels.count] }
      },
      temperature: options.real("temperature"), scalesByTemperature: options.boolean("t2"),
      alpha: options.real("alpha"))
    return try Trainer(
      loaded.model, weights: loaded.weights, objective: objective, source: examples,
      options: TrainingFields.optionsWithoutScores(options, seed: seed), on: context)
  }

  private func matchedStudent() throws -> MatchedStudent {
    try MatchedStudent(
      studentConfiguration, head: .none, labels: [], from: student.source,
      teacher: teacher.configuration, options: options, seed: seed)
  }
}
