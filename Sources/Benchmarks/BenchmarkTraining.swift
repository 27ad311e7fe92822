import Artifacts
import Compute
import Distillation
import Files
import Pipelines
import RandomStreams
import Stages
import Tasks
import Training
import Transformer

/// What a benchmark trains: the models, the examples and the options of a phase's stage.
struct BenchmarkTraining {
  private let phase: TrainingBenchmark.Phase
  private let seed: UInt64
  private let length: Int
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
    length = settings.length
    teacher = try BenchmarkModel(settings.teacher, option: "--teacher")
    student = try BenchmarkModel(settings.student, option: "--student")
    if let teacher = teacher.source, let student = student.source {
      try student.facts.requireSameTokenizer(as: teacher.facts)
    }
    studentConfiguration = try Self.configuration(of: student, under: teacher)
    let fields =
      switch phase {
      case .general: GeneralStage.fields
      case .intermediate: IntermediateStage.fields
      case .prediction: PredictionStage.fields
      }
    let steps = settings.warmup + settings.steps
    var flags = [("per_device_train_batch_size", "\(settings.batch)"), ("max_steps", "\(steps)")]
    if settings.cachesTeacher { flags.append(("cache_teacher", "true")) }
    if let epochs = settings.epochs { flags.append(("num_train_epochs", "\(epochs)")) }
    options = try OptionValues(flags: flags, fields: fields)
    let sizes = [teacher.configuration, studentConfiguration]
    let positions = sizes.map(\.longestSequence).min() ?? 0
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

  /// The phase's trainer, built as its stage builds it, and what the making of a cache took where the
  /// options want one.
  ///
  /// - Throws: What is wrong with the models, or why they do not fit each other; what the making of a
  ///   cache throws.
  func trainer(in stage: StageContext, on context: ComputeContext) throws
    -> (Trainer, TrainingFigures.Cache?)
  {
    switch phase {
    case .general: (try generalTrainer(on: context), nil)
    case .intermediate: try intermediateTrainer(in: stage, on: context)
    case .prediction: (try predictionTrainer(on: context), nil)
    }
  }

  private func generalTrainer(on context: ComputeContext) throws -> Trainer {
    try layerPhase(teacher.loadEncoder(seed: seed), on: context).trainer()
  }

  private func intermediateTrainer(in stage: StageContext, on context: ComputeContext) throws
    -> (Trainer, TrainingFigures.Cache?)
  {
    let labels = teacher.labels
    let phase = try layerPhase(teacher.load(classifierOf: labels, seed: seed), on: context)
    let clock = ContinuousClock()
    let start = clock.now
    // No other process looks for this cache: its key does without the digests of inputs.
    guard let tokenizer = teacher.source?.tokenizer,
      let kept = try phase.keptTeacher(
        TeacherStore(
          stage, tokenizer: tokenizer, data: "dataset", maxSequenceLength: length, on: context))
    else {
      let recorder = TeacherLogitRecorder(examples: examples.count, columns: labels.count)
      return (try phase.trainer(recorder: recorder), nil)
    }
    let seconds = (clock.now - start) / .seconds(1)
    let folder = stage.cacheFolder
    let figures = TrainingFigures.Cache(
      seconds: seconds, bytes: try treeSize(folder) - treeSize(folder + "/locks"),
      tokens: examples.ids.count, epochs: options.real("num_train_epochs"))
    return (try phase.trainer(kept: kept), figures)
  }

  private func predictionTrainer(on context: ComputeContext) throws -> Trainer {
    let labels = teacher.labels
    let loaded = try student.load(
      classifierOf: labels, configuration: studentConfiguration, seed: seed)
    var draws = RandomStream(seed: seed, purpose: "benchmark-logits").sequence()
    let logits = (0..<examples.count * labels.count).map { _ in Float(draws.normal()) }
    return try PredictionPhase.trainer(
      loaded, for: ClassificationTask(),
      logits: Outputs(columns: labels.count, values: logits).asTeacher,
      examples: examples, options: options,
      training: TrainingFields.optionsWithoutScores(options, seed: seed), on: context)
  }

  private func layerPhase(_ teacher: LoadedModel, on context: ComputeContext) throws -> LayerPhase {
    let student = try MatchedStudent(
      studentConfiguration, head: .none, labels: [], from: student.source,
      teacher: teacher.model.configuration, options: options, seed: seed)
    return try LayerPhase(
      teacher: teacher, student: student, examples: examples, options: options, seed: seed,
      on: context)
  }
}
