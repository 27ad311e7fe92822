import Compute
import Distillation
import Files
import Pipelines
import RandomStreams
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
    let loaded = try teacher.loadEncoder(seed: seed)
    let runner = TeacherRunner(loaded.model, weights: loaded.weights, on: context)
    let student = try matchedStudent()
    return try Trainer(
      student.loaded.model, weights: student.loaded.weights,
      objective: student.objective(teacher: runner), source: examples,
      options: TrainingFields.options(options, seed: seed), on: context)
  }

  private func intermediateTrainer(in stage: StageContext, on context: ComputeContext) throws
    -> (Trainer, TrainingFigures.Cache?)
  {
    let labels = teacher.labels
    let loaded = try teacher.load(classifierOf: labels, seed: seed)
    let runner = TeacherRunner(loaded.model, weights: loaded.weights, on: context)
    let student = try matchedStudent()
    var objective = try student.objective(teacher: runner)
    var figures: TrainingFigures.Cache?
    // No other process looks for this cache: its key does without the digests of inputs.
    if let tokenizer = teacher.source?.tokenizer,
      let cache = try TeacherTapCache(
        stage, options,
        origin: TeacherOrigin(
          stage, tokenizer: tokenizer, data: "dataset", maxSequenceLength: length, on: context),
        taps: objective.teacherTaps)
    {
      let clock = ContinuousClock()
      let start = clock.now
      let kept = try cache.source(runner, examples: examples)
      let seconds = (clock.now - start) / .seconds(1)
      let folder = stage.cacheFolder
      figures = TrainingFigures.Cache(
        seconds: seconds, bytes: try treeSize(folder) - treeSize(folder + "/locks"),
        tokens: examples.ids.count, epochs: options.real("num_train_epochs"))
      objective = try student.objective(teacher: kept)
    } else {
      let recorder = TeacherLogitRecorder(examples: examples.count, labels: labels.count)
      objective = try student.objective(teacher: runner, recorder: recorder)
    }
    let trainer = try Trainer(
      student.loaded.model, weights: student.loaded.weights, objective: objective, source: examples,
      options: TrainingFields.options(options, seed: seed), on: context)
    return (trainer, figures)
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
