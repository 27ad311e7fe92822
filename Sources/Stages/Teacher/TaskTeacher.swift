import Artifacts
import Compute
import Distillation
import Files
import Pipelines
import Tasks
import Training
import Transformer

/// The teacher of a task and the task's data, brought together and checked: the same tokenizer, the
/// same labels in the same order, and better than a guess.
struct TaskTeacher {
  /// Where the teacher comes from.
  let source: ModelSource
  /// The task.
  let data: TaskData
  /// The teacher, its outputs in the order of the dataset's labels, unless `order` translates them.
  let loaded: LoadedModel
  /// How its outputs come to be those of the dataset's labels.
  let order: LabelOrder
  /// What is to be done with all that it says.
  private let translated: OutputTranslation
  /// Its score on the development split, as stages report it; NaN where it has no labels.
  let score: (String, Double)
  /// The figures of the check, or why there are none.
  let note: String
  /// What is to be known of the rows, a line each.
  let remarks: [String]

  /// Its outputs on the development rows; nil where there are none with labels.
  let answers: Outputs?

  /// What the teacher says of the training rows.
  let store: TeacherStore

  /// Names of its outputs.
  private let outputs: TeacherOrigin.Outputs
  private let compute: ComputeContext

  /// Loads the inputs `teacher` and `dataset`.
  ///
  /// - Parameters:
  ///   - context: The stage's surroundings.
  ///   - options: The stage's.
  ///   - input: The teacher; where nil, the only one.
  ///   - isOneOfSeveral: Whether options name the outputs of those alone whose own names are not the
  ///     dataset's.
  ///   - judged: The development examples by which it is judged; nil for all.
  ///   - compute: Where it computes.
  /// - Throws: `ArtifactError` on rows that lack answers, or a teacher too weak.
  init(
    _ context: StageContext, options: OptionValues, _ input: StageInput? = nil,
    isOneOfSeveral: Bool = false,
    judgedBy judged: (TaskData) throws -> [Int]? = { _ in nil }, on compute: ComputeContext
  ) throws {
    source = try ModelSource(
      input?.path ?? context.required("teacher"), pooling: options.pooling)
    let path = try context.required("dataset")
    var data = try TaskData(
      path, tokenizer: source.tokenizer, configuration: source.configuration,
      answersNeededElse: nil)
    let task = try ThresholdField.task(data.task, options)
    data.task = task
    self.data = data
    remarks =
      options.names.contains("alpha")
      ? try RowsOfUse.check(
        DatasetLessons(of: data.train, answers: nil), hasTeacher: true,
        alpha: ReferenceFields.alpha(options, for: task),
        path: path) : []
    loaded = try source.loadWhole()
    context.note(loaded)
    let isNamedAlready = isOneOfSeveral && source.facts.knows(data.labels, task)
    let (order, labels) = try source.facts.order(
      of: data.labels, named: isNamedAlready ? [] : options.texts("teacher_labels"), task,
      option: "--teacher-labels")
    translated = order.apply(to: loaded.model, loaded.weights)
    self.order = order
    self.compute = compute
    outputs = TeacherOrigin.Outputs(
      own: labels, kept: data.labels, head: task.namesOutputs ? nil : source.head)
    store = TeacherStore(
      context, teacher: input ?? context.input("teacher"), tokenizer: source.tokenizer,
      data: "dataset", maxSequenceLength: data.maxSequenceLength, on: compute)

    let scoreName = "teacher_dev_" + task.metrics(labels: data.labels.count)[0].name
    guard let whole = data.development else {
      score = (scoreName, .nan)
      answers = nil
      note = "the dataset has no labelled development rows: the teacher goes unchecked"
      return
    }
    let part = try judged(data)
    guard part?.isEmpty != true else {
      score = (scoreName, .nan)
      answers = nil
      note = "no development row names it: the teacher goes unchecked"
      return
    }
    let development = part.map { TaskRows(whole.examples.part($0), labels: whole.labels) } ?? whole
    let predictor = Predictor(loaded.model, weights: loaded.weights, on: compute)
    guard
      let own = try predictor.outputs(
        of: development.examples, as: task.outputForm, shouldStop: context.isInterrupted)
    else { throw StageInterruption(step: nil) }
    let outputs = translated(own)
    answers = outputs
    let check = GuessCheck(task, outputs, on: development, labels: data.labels)
    guard check.isPassed || options.boolean("allow_weak_teacher") else {
      throw ArtifactError.badData(
        source.path, check.figures,
        cure: "\(Self.weakCure(of: source, for: task)), or give --allow-weak-teacher")
    }
    score = (scoreName, check.score)
    note = check.figures
  }

  /// What to do about a teacher that is too weak: one that has learnt this task has not learnt enough of it.
  private static func weakCure(of source: ModelSource, for task: any RowTask) -> String {
    let hasLearnt = !isFolder(source.path) && source.facts.statedTask?.name == task.name
    return hasLearnt && task.learnsFromAnswers
      ? "train it longer (more --num-train-epochs where it was made)"
      : task.weakTeacherCure
  }

  /// All that the user should know, a line each.
  var notes: [String] { [note] + remarks }

  /// The teacher, in evaluation mode.
  private var runner: TeacherRunner { runner(dropoutSeed: nil) }

  /// The teacher, with dropout where that has a seed.
  func runner(dropoutSeed: UInt64?) -> TeacherRunner {
    TeacherRunner(
      loaded.model, weights: loaded.weights, dropoutSeed: dropoutSeed, on: compute)
  }

  /// Something to collect the logits of all training rows in; nil where they are too many to be kept.
  func makeRecorder() -> TeacherLogitRecorder? {
    guard data.task.outputForm == .logits else { return nil }
    return TeacherLogitRecorder(
      starts: data.train.outputStarts(of: loaded.model),
      columns: loaded.model.logitShape?.columns ?? data.labels.count)
  }

  /// Logits to keep with a student, with the key by which the prediction phase knows them; nil where
  /// some are missing: fewer than one epoch leaves rows that the teacher has not seen.
  func kept(_ recorder: TeacherLogitRecorder) -> KeptLogits? {
    recorder.isComplete
      ? KeptLogits(
        origin: store.origin.logits(outputs), columns: recorder.values.columns,
        values: recorder.values.values()) : nil
  }

  /// The logits of all training rows: those that the student's artifact keeps, those in the
  /// workspace's cache, or else computed now, all of them, and kept there.
  ///
  /// - Throws: `StageInterruption` when asked to stop; what reading and writing throws.
  func logits(for student: ModelSource) throws -> Outputs {
    translated(
      try store.logits(runner, of: data.train, outputs: outputs, carriedBy: student))
  }

  /// The logits of those training examples alone that name it.
  ///
  /// - Parameters:
  ///   - examples: Their numbers, ascending.
  ///   - name: What they call it.
  /// - Returns: The logits.
  /// - Throws: As `logits(for:)`.
  func logits(of examples: [Int], naming name: String) throws -> Outputs {
    translated(
      try store.logits(runner, of: data.train.part(examples), outputs: outputs, part: name))
  }
}
