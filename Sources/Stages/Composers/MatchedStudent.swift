public import Artifacts
import Compute
public import Distillation
public import Pipelines
import Training
public import Transformer

/// A student that is about to learn a teacher's layers: its weights, and how they are matched.
public struct MatchedStudent {
  /// The student; its layout ends with the projection.
  public let loaded: LoadedModel
  /// Which layers are matched.
  public let map: LayerMap
  /// What a reader should know: the resolved map, what was drawn afresh.
  public let notes: [String]
  /// Parameters that were drawn afresh though it goes on from a model.
  let drawn: [String]

  private let projection: HiddenProjection?
  private let headMismatch: HeadMismatch?
  private let losses: Set<LayerObjective.Loss>
  private let attentionCutoff: Double?
  private let forms: LayerObjective.Forms

  /// Makes the student.
  ///
  /// - Parameters:
  ///   - configuration: Its sizes.
  ///   - head: Its head; new unless `start` has the same.
  ///   - labels: Names of its classes.
  ///   - start: The model that it goes on from, projection included; drawn afresh when `nil`.
  ///   - teacher: The teacher's sizes.
  ///   - options: Values of `MatchingFields`, `LossFields` and `ReferenceFields`.
  ///   - seed: Seed of what is drawn.
  /// - Throws: `DistillationError` where the two cannot be matched so.
  public init(
    _ configuration: ModelConfiguration, head: Head, labels: [String], from start: ModelSource?,
    teacher: ModelConfiguration, options: OptionValues, seed: UInt64
  ) throws {
    map = try MatchingFields.map(options, student: configuration, teacher: teacher)
    losses = try MatchingFields.losses(options)
    attentionCutoff = options.optionalReal("attention_cutoff")
    forms = try LossFields.forms(options, student: configuration, teacher: teacher)
    let sharing = HiddenProjection.Sharing(rawValue: options.text("projection")) ?? .shared
    let states = map.hidden.map(\.student)
    var declared: HiddenProjection?
    let extend = { (layout: inout ParameterLayout) in
      declared = try HiddenProjection.declare(
        sharing, states: states, student: configuration.hiddenSize, teacher: teacher.hiddenSize,
        in: &layout)
    }
    var notes =
      losses == [.relations] ? [] : ["layer map (student<-teacher): \(map.description)"]
    if let relations = forms.relations {
      notes.append("relations (student<-teacher): \(relations)")
      let states = losses.contains(.hidden) ? map.hidden : []
      let layers = losses.contains(.attention) ? map.attention : []
      // So many layers are trained from below to their output.
      let whole = (states.map(\.student) + layers.map { $0.student - 1 }).max() ?? 0
      if whole < relations.pair.student, head == .none {
        notes.append(
          "what is above the queries, keys and values of the student's layer \(relations.pair.student) "
            + "is not trained here")
      }
    }
    let stated = options.optionalText("head_mismatch").flatMap(HeadMismatch.init(rawValue:))
    let heads = (own: configuration.headCount, other: teacher.headCount)
    if stated == nil, heads.own != heads.other, losses.contains(.attention) {
      headMismatch = .mean
      notes.append(
        "the student has \(heads.own) attention heads, the teacher \(heads.other): the mean of their "
          + "scores is compared (head_mismatch: mean)")
    } else {
      headMismatch = stated
    }
    if let start {
      let (loaded, drawn) = try start.load(
        under: head, labels: labels, configuration: configuration, extending: extend, seed: seed)
      self.loaded = loaded
      notes += loaded.notes
      self.drawn = drawn
      if !drawn.isEmpty { notes.append("drawn afresh: \(drawn.joined(separator: ", "))") }
    } else {
      loaded = try LoadedModel(
        configuration, head: head, labels: labels, extending: extend)
      drawn = []
    }
    projection = declared
    self.notes = notes
    if start == nil { draw(seed: seed) }
  }

  /// Draws every weight.
  func draw(seed: UInt64) { loaded.draw(loaded.weights.layout.parameters, seed: seed) }

  /// Replaces the weights that were drawn by the teacher's, as ``TeacherReduction`` makes them.
  ///
  /// - Parameters:
  ///   - teacher: The teacher.
  ///   - strategy: Which of its layers the student has.
  ///   - examples: The text that the student is going to learn from.
  /// - Returns: What a reader should know.
  /// - Throws: `DistillationError` where it cannot be done, what teacher and source throw.
  func begin(
    with teacher: TeacherRunner, _ strategy: LayerMap.Strategy, on examples: any ExampleSource
  ) throws -> [String] {
    let configuration = loaded.model.configuration
    let map = try LayerMap(
      strategy, studentLayers: configuration.layerCount,
      teacherLayers: teacher.model.configuration.layerCount)
    let reduction = try TeacherReduction(
      of: teacher, map: map, width: configuration.hiddenSize, on: examples)
    let notes = try reduction.fill(loaded.model, loaded.weights, projection: projection)
    let layers = map.attention.map { String($0.teacher) }.joined(separator: ", ")
    let width = teacher.model.configuration.hiddenSize
    let kept =
      configuration.hiddenSize == width
      ? ""
      : ", reduced from \(width) channels to \(configuration.hiddenSize), which keep "
        + "\(reduction.share.spokenShare) of the variance of its states"
    return ["begins with layers \(layers) of the teacher\(kept)"] + notes
  }

  /// The loss of the general and the intermediate phase.
  func objective(teacher: any TeacherSource, recorder: TeacherLogitRecorder? = nil) throws
    -> LayerObjective
  {
    try LayerObjective(
      student: loaded.model, teacher: teacher, map: map, projection: projection,
      headMismatch: headMismatch, losses: losses, forms: forms, recorder: recorder,
      attentionCutoff: attentionCutoff)
  }
}
