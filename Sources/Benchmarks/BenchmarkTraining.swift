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
  private let task: any RowTask
  /// Names of the columns of the logits.
  private let labels: [String]
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
      case .finetune: FinetuneStage.fields
      }
    task = try Self.task(named: settings.task)
    labels = Self.labels(for: task, teacher)
    let steps = settings.warmup + settings.steps
    var flags = [("per_device_train_batch_size", "\(settings.batch)"), ("max_steps", "\(steps)")]
    if settings.cachesTeacher { flags.append(("cache_teacher", "true")) }
    if let epochs = settings.epochs { flags.append(("num_train_epochs", "\(epochs)")) }
    options = try OptionValues(flags: flags, fields: fields)
    let sizes = [teacher.configuration, studentConfiguration]
    let positions = sizes.map(\.longestSequence).min() ?? 0
    try BenchmarkLimits.check("--length", settings.length, 3...max(3, positions))
    let tokenizer = teacher.source?.tokenizer
    let sequences: InMemoryExamples
    if let path = settings.text {
      guard let tokenizer else {
        throw StageError.usage(
          "--text", "the teacher is a preset, which has no tokenizer",
          cure: "name a model folder or an artifact as the teacher")
      }
      sequences = try BenchmarkExamples.read(path, tokenizer: tokenizer, length: settings.length)
    } else {
      sequences = BenchmarkExamples.drawn(
        count: settings.batch * steps, length: settings.length,
        vocabularySize: sizes.map(\.vocabularySize).min() ?? 0, seed: seed)
    }
    examples = BenchmarkExamples.answered(
      sequences, for: task, classes: labels.count,
      tokenizer: settings.text == nil ? nil : tokenizer,
      seed: seed)
  }

  /// The tasks whose steps are timed.
  static let tasks: [any RowTask] = [
    ClassificationTask(), TokenClassificationTask(), QuestionAnsweringTask(),
  ]

  private static func task(named name: String) throws -> any RowTask {
    if let task = tasks.first(where: { $0.name == name }) { return task }
    let known = tasks.map(\.name).joined(separator: ", ")
    throw StageError.usage("--task", "'\(name)' is not timed", cure: "take one of \(known)")
  }

  /// Classes as the teacher has them; of words as many as the beginnings and insides of six kinds.
  private static func labels(for task: any RowTask, _ teacher: BenchmarkModel) -> [String] {
    if task.answersAreInText { return ["start", "end"] }
    return task.readsWords ? (0..<13).map { "\($0)" } : teacher.labels
  }

  private var head: Head { task.head(labels: labels, style: .hf) }

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
    case .finetune: (try finetuneTrainer(on: context), nil)
    }
  }

  private func generalTrainer(on context: ComputeContext) throws -> Trainer {
    try layerPhase(teacher.loadEncoder(seed: seed), on: context).trainer()
  }

  private func intermediateTrainer(in stage: StageContext, on context: ComputeContext) throws
    -> (Trainer, TrainingFigures.Cache?)
  {
    let phase = try layerPhase(
      teacher.load(under: head, labels: labels, seed: seed), on: context)
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
    let loaded = try student.load(
      under: head, labels: labels, configuration: studentConfiguration, seed: seed)
    var draws = RandomStream(seed: seed, purpose: "benchmark-logits").sequence()
    let offsets = examples.outputStarts(of: loaded.model).map { $0 * labels.count }
    let logits = Ragged(
      values: (0..<(offsets.last ?? 0)).map { _ in Float(draws.normal()) }, offsets: offsets)
    return try PredictionPhase.trainer(
      loaded, for: task, logits: Outputs(columns: labels.count, rows: logits).asTeacher,
      examples: examples, options: options,
      training: TrainingFields.optionsWithoutScores(options, seed: seed), on: context)
  }

  private func finetuneTrainer(on context: ComputeContext) throws -> Trainer {
    guard examples.targets != .none else {
      throw StageError.usage(
        "--task", "the answers of \(task.name) are not drawn",
        cure: "take \(Self.tasks.dropFirst().map(\.name).joined(separator: " or "))")
    }
    return try FinetunePhase.trainer(
      student.load(under: head, labels: labels, configuration: studentConfiguration, seed: seed),
      for: task, examples: examples,
      training: TrainingFields.optionsWithoutScores(options, seed: seed), on: context)
  }

  private func layerPhase(_ teacher: LoadedModel, on context: ComputeContext) throws -> LayerPhase {
    let student = try MatchedStudent(
      studentConfiguration, head: .none, labels: [], from: student.source,
      teacher: teacher.model.configuration, options: options, seed: seed)
    return try LayerPhase(
      teacher: teacher, student: student, examples: examples, limit: length,
      options: options, seed: seed, on: context)
  }
}
