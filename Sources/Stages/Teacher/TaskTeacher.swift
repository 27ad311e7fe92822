import Artifacts
import Compute
import Distillation
import Files
import Pipelines
import Training
import Transformer

/// The teacher of a task and the task's data, brought together and checked: the same tokenizer, the
/// same labels in the same order, and better than the majority class.
struct TaskTeacher {
  /// Where the teacher comes from.
  let source: ModelSource
  /// The task.
  let data: TaskData
  /// The teacher, its outputs in the order of the dataset's labels.
  let loaded: LoadedModel
  /// Its accuracy on the development split; NaN where there is no such split.
  let accuracy: Double
  /// The figures of the check, or why there are none.
  let note: String

  /// What the teacher says of the training rows.
  let store: TeacherStore

  /// Names of its outputs.
  private let outputs: TeacherOrigin.Outputs
  private let compute: ComputeContext

  /// Loads the inputs `teacher` and `dataset`.
  ///
  /// - Throws: `StageError` on another tokenizer, other labels, or a teacher too weak.
  init(_ context: StageContext, options: OptionValues, on compute: ComputeContext) throws {
    source = try ModelSource(context.required("teacher"))
    data = try TaskData(
      context.required("dataset"), tokenizer: source.tokenizer, configuration: source.configuration)
    guard case .classification = source.head else {
      throw ArtifactError.badData(
        source.path, "the teacher has no classifier", cure: "fine-tune it first: distill finetune")
    }
    loaded = try source.loadWhole()
    let named = options.texts("teacher_labels")
    let labels = named.isEmpty ? source.labels : named
    let order = try LabelOrder(of: labels, in: data.labels, teacher: source.path)
    order.apply(to: loaded)
    self.compute = compute
    outputs = TeacherOrigin.Outputs(own: labels, kept: data.labels)
    store = TeacherStore(
      context, tokenizer: source.tokenizer, data: "dataset",
      maxSequenceLength: data.maxSequenceLength, on: compute)

    guard let development = data.development else {
      accuracy = .nan
      note = "the dataset has no development split: the teacher goes unchecked"
      return
    }
    let predictor = Predictor(loaded.model, weights: loaded.weights, on: compute)
    guard let logits = try predictor.logits(of: development, shouldStop: context.isInterrupted)
    else { throw StageInterruption(step: nil) }
    (accuracy, note) = try TeacherCheck.run(
      logits: logits, labels: development.labels, names: data.labels,
      allowWeak: options.boolean("allow_weak_teacher"), teacher: source.path)
  }

  /// Something to collect the logits of all training rows in.
  func makeRecorder() -> TeacherLogitRecorder {
    TeacherLogitRecorder(examples: data.train.count, labels: data.labels.count)
  }

  /// Logits to keep with a student, with the key by which the prediction phase knows them; nil where
  /// some are missing: fewer than one epoch leaves rows that the teacher has not seen.
  func kept(_ recorder: TeacherLogitRecorder) -> KeptLogits? {
    recorder.isComplete
      ? KeptLogits(origin: store.origin.logits(outputs), values: recorder.values.values()) : nil
  }

  /// The logits of all training rows, `[rows, labels]`, row-major: those that the student's artifact
  /// keeps, those in the workspace's cache, or else computed now, all of them, and kept there.
  ///
  /// - Throws: `StageInterruption` when asked to stop; what reading and writing throws.
  func logits(for student: ModelSource) throws -> [Float] {
    let runner = TeacherRunner(loaded.model, weights: loaded.weights, on: compute)
    return try store.logits(runner, of: data.train, outputs: outputs, carriedBy: student)
  }
}

/// How a teacher's outputs must be permuted so that they stand in the dataset's order.
struct LabelOrder {
  /// The teacher's output for each label of the dataset.
  private let sources: [Int]

  /// Matches two lists of names.
  ///
  /// - Throws: `StageError` when they are not the same set: a silent mismatch makes a student that
  ///   learns the wrong classes.
  init(of teacherLabels: [String], in labels: [String], teacher: String) throws {
    guard teacherLabels.count == labels.count, Set(teacherLabels) == Set(labels),
      Set(labels).count == labels.count
    else {
      throw ArtifactError.badData(
        teacher,
        "its labels are \(teacherLabels.joined(separator: ", ")), the dataset's \(labels.joined(separator: ", "))",
        cure: "name the teacher's outputs in order with --teacher-labels")
    }
    sources = labels.map { label in teacherLabels.firstIndex(of: label) ?? 0 }
  }

  /// Permutes the rows of the classifier.
  func apply(to teacher: LoadedModel) {
    guard sources != Array(sources.indices) else { return }
    for name in ["classifier.weight", "classifier.bias"] {
      guard let parameter = teacher.model.layout[name] else { continue }
      let old = teacher.weights[parameter].values()
      let width = old.count / sources.count
      teacher.weights[parameter].assign(
        sources.flatMap { old[$0 * width..<($0 + 1) * width] })
    }
  }
}
