public import Artifacts
public import Compute
public import Distillation
public import Pipelines
public import Training
import Transformer

/// The parts of a phase in which a student learns a teacher's layers, and the trainer made of them:
/// general distillation on a corpus, the intermediate phase on a task's rows.
public struct LayerPhase {
  /// The teacher, in evaluation mode unless its dropout is wanted.
  public let teacher: TeacherRunner
  /// The student and how its layers are matched.
  public let student: MatchedStudent
  /// What both read.
  public let examples: any ExampleSource

  private let options: OptionValues
  private let seed: UInt64
  private let compute: ComputeContext
  private let live: LayerObjective
  private let padding: SequencePadding?
  private let preparation: TargetObjective.Preparation?

  /// Brings the parts together.
  ///
  /// - Parameters:
  ///   - teacher: The teacher.
  ///   - student: The student.
  ///   - examples: What both read.
  ///   - limit: Tokens that the longest sequence may have.
  ///   - options: Values of `MatchingFields`, `ReferenceFields`, `TeacherCacheFields` and `TrainingFields`.
  ///   - seed: Seed of order and dropout.
  ///   - preparation: What is done to an example before each visit.
  ///   - compute: Where the arithmetic runs.
  /// - Throws: `DistillationError` where the two do not fit each other, `StageError` where the student has
  ///   no positions for padding that is asked for.
  public init(
    teacher: LoadedModel, student: MatchedStudent, examples: any ExampleSource, limit: Int,
    options: OptionValues, seed: UInt64,
    preparing preparation: TargetObjective.Preparation? = nil, on compute: ComputeContext
  ) throws {
    self.teacher = TeacherRunner(
      teacher.model, weights: teacher.weights,
      dropoutSeed: options.boolean("teacher_dropout") ? seed : nil, on: compute)
    self.preparation = preparation
    padding = try ReferenceFields.padding(
      options, to: limit, of: student.loaded.model.configuration)
    self.student = student
    self.examples = examples
    self.options = options
    self.seed = seed
    self.compute = compute
    live = try student.objective(teacher: self.teacher)
  }

  /// The teacher's side of the loss, computed once and kept; nil where the options want none.
  ///
  /// - Throws: `FileError` where the disk has no room; `StageInterruption` when asked to stop, and
  ///   then the shards that are whole stay.
  public func keptTeacher(_ store: TeacherStore) throws -> CachedTaps? {
    guard let type = TeacherCacheFields.storage(options) else { return nil }
    return try store.taps(teacher, live.teacherTaps, of: examples, type: type)
  }

  /// Whether the teacher runs to its last layer anyway, on the examples as they are, so that its logits cost
  /// next to nothing.
  public var teacherRunsWhole: Bool {
    ReferenceFields.keepsTeacher(options) && teacher.runsWhole(for: live.teacherTaps)
  }

  /// The trainer.
  ///
  /// - Parameters:
  ///   - kept: What the teacher once said; the teacher itself where nil.
  ///   - recorder: Collects the logits of a running teacher in passing, where given.
  ///   - complete: Makes the whole loss of that of the layers.
  /// - Returns: A trainer that has taken no step.
  /// - Throws: `TrainingError` on options that contradict each other.
  public func trainer(
    kept: CachedTaps? = nil, recorder: TeacherLogitRecorder? = nil,
    completing complete: (LayerObjective) throws -> any Objective = { $0 }
  ) throws -> Trainer {
    let source: any TeacherSource = kept ?? teacher
    var objective = try complete(student.objective(teacher: source, recorder: recorder))
    if let preparation { objective = PreparedObjective(objective, preparing: preparation) }
    var training = TrainingFields.options(options, seed: seed)
    training.padding = padding
    return try Trainer(
      student.loaded.model, weights: student.loaded.weights, objective: objective,
      source: examples, options: training, on: compute)
  }
}
