public import Compute
public import Training
public import Transformer

/// TinyBERT's layer-wise losses, pooled over the whole optimiser step.
///
/// Embeddings, hidden states and raw attention scores of matched layers are compared by their mean
/// squared difference (Jiao et al. 2020, eq. 7 to 9), relations of self-attention by their divergence
/// (Wang et al. 2021). Terms: `embedding`, `hidden`, `attention` and `relations`, each with weight 1
/// unless told otherwise.
public struct LayerObjective: Objective {
  /// A part of the loss that can be left out, as in the paper's ablations.
  public enum Loss: String, Sendable, Codable, CaseIterable {
    /// The embedding output, state 0.
    case embedding
    /// The outputs of matched layers.
    case hidden
    /// The raw scores of matched layers.
    case attention
    /// Relations among queries, among keys and among values of one layer.
    case relations

    /// Those of TinyBERT.
    public static let usual: [Loss] = [.embedding, .hidden, .attention]
  }

  /// The teacher, or what it once said of the examples.
  public let teacher: any TeacherSource
  /// Which layers are matched.
  public let map: LayerMap
  /// From the student's width to the teacher's; nil where they are equal and none is wanted.
  public let projection: HiddenProjection?
  /// How differing head counts are compared; nil where they are equal.
  public let headMismatch: HeadMismatch?
  /// The parts of the loss.
  public let losses: Set<Loss>
  /// How they are computed.
  public let forms: Forms
  /// Collects the teacher's logits in passing.
  public let recorder: TeacherLogitRecorder?
  /// Raw scores at or below this count as 0, each side by itself; none where nil.
  public let attentionCutoff: Double?

  let studentHeads: Int

  /// Creates the objective.
  ///
  /// - Parameters:
  ///   - student: the model that is trained.
  ///   - teacher: the teacher, or what it once said of the examples.
  ///   - map: which layers are matched.
  ///   - projection: declared in the layout of the student's weights; nil for equal widths.
  ///   - headMismatch: required where the head counts differ, without effect where they are equal.
  ///   - losses: the parts of the loss.
  ///   - forms: how they are computed; with relations where those are a part.
  ///   - recorder: keeps the logits of a running teacher for the prediction phase, if given.
  ///   - attentionCutoff: raw scores at or below it, which is negative, count as 0; none where nil.
  /// - Throws: `DistillationError` when teacher and student cannot be compared so.
  public init(
    student: BertModel, teacher: any TeacherSource, map: LayerMap, projection: HiddenProjection?,
    headMismatch: HeadMismatch? = nil, losses: Set<Loss> = Set(Loss.usual), forms: Forms = Forms(),
    recorder: TeacherLogitRecorder? = nil, attentionCutoff: Double? = nil
  ) throws {
    precondition(
      losses.contains(.relations) == (forms.relations != nil), "relations without a match")
    let (own, other) = (student.configuration, teacher.configuration)
    try Self.requireMatch(
      student: own, teacher: other, isProjected: projection != nil, headMismatch: headMismatch,
      losses: losses)
    self.teacher = teacher
    self.map = map
    self.projection = projection
    self.headMismatch = own.headCount == other.headCount ? nil : headMismatch
    self.losses = losses
    self.forms = forms
    self.recorder = recorder
    self.attentionCutoff = attentionCutoff
    studentHeads = own.headCount
  }

  /// Looks whether two models can be compared, by their sizes alone.
  ///
  /// - Parameters:
  ///   - own: the student's sizes.
  ///   - other: the teacher's.
  ///   - isProjected: whether the student's states are projected to the teacher's width.
  ///   - headMismatch: how differing head counts are compared.
  ///   - losses: the parts of the loss.
  /// - Throws: `DistillationError` when they cannot.
  public static func requireMatch(
    student own: ModelConfiguration, teacher other: ModelConfiguration, isProjected: Bool,
    headMismatch: HeadMismatch?, losses: Set<Loss>
  ) throws {
    guard !losses.isEmpty else {
      throw DistillationError(
        .options, "all of embedding, hidden, attention and relations are left out")
    }
    if !isProjected, own.hiddenSize != other.hiddenSize,
      losses.contains(.embedding) || losses.contains(.hidden)
    {
      throw DistillationError(
        .projection,
        "the student is \(own.hiddenSize) wide, the teacher \(other.hiddenSize): "
          + "use --projection shared or --projection per_layer")
    }
    if losses.contains(.attention), own.headCount != other.headCount, headMismatch == nil {
      throw DistillationError(
        .headMismatch,
        "the student has \(own.headCount) attention heads, the teacher \(other.headCount): "
          + "give --head-mismatch mean or --head-mismatch sum, or leave out the attention loss")
    }
  }

  /// Matched states whose loss is wanted.
  var states: [LayerMap.Pair] {
    map.hidden.filter { losses.contains($0.student == 0 ? .embedding : .hidden) }
  }

  /// Matched attention layers, counted from 1, whose loss is wanted.
  var layers: [LayerMap.Pair] { losses.contains(.attention) ? map.attention : [] }

  /// What of the student is compared.
  public var taps: BertModel.Taps {
    BertModel.Taps(
      hidden: Set(states.map(\.student)), scores: Set(layers.map(\.student)),
      queriesKeysValues: Set(forms.relations.map { [$0.pair.student] } ?? []))
  }

  /// What of the teacher is compared.
  public var teacherTaps: BertModel.Taps {
    BertModel.Taps(
      hidden: Set(states.map(\.teacher)), scores: Set(layers.map(\.teacher)),
      queriesKeysValues: Set(forms.relations.map { [$0.pair.teacher] } ?? []),
      logits: recorder != nil)
  }

  /// The projection's parameters that a loss reaches.
  public var ownedParameters: [Parameter] {
    guard let projection else { return [] }
    let reached = Set(
      states.flatMap { state in
        projection.maps[state.student].map { [$0.weight, $0.bias] } ?? []
      })
    return projection.parameters.filter(reached.contains)
  }

  /// Rows, and pairs of them.
  public var denominators: [Denominator] { [.tokens, .squaredLengths] }

  /// Compares the student with the teacher on the batch and adds the gradients of all terms.
  public func evaluate(
    _ batch: TrainingBatch, student: Activations, tapGradients: TapMatrices,
    weights: ParameterSet, gradients: ParameterSet, totals: StepTotals,
    on context: ComputeContext, in arena: Arena
  ) throws -> LossTerms {
    let known = try teacher.taps(teacherTaps, of: batch)
    recorder?.record(known.logits, indices: batch.indices)
    var terms = LossTerms()
    let width = teacher.configuration.hiddenSize
    let scratch = projection.map { _ in
      ProjectionScratch(
        rows: batch.packed.tokens, width: width, precision: context.precision,
        keepsGradient: forms.hidden == .cosine, in: arena)
    }
    for pair in states {
      guard let s = student.taps.hidden[pair.student], let operand = student.operands[pair.student],
        let ds = tapGradients.hidden[pair.student], let t = known.hidden[pair.teacher]
      else { preconditionFailure("hidden state \(pair.student) or \(pair.teacher) is not tapped") }
      let map = projection?.maps[pair.student]
      terms.add(
        pair.student == 0 ? "embedding" : "hidden",
        hiddenLoss(
          s, operand, t, map, weights, gradients, tokens: totals[.tokens],
          weight: forms.weights[pair.student == 0 ? "embedding" : "hidden", totals], into: ds,
          on: context, scratch: scratch))
    }
    // [1, sum of squared lengths] three times: both sides' aggregated scores, and the gradient.
    let aggregates = (0..<(headMismatch == nil ? 0 : 3)).map { _ in
      arena.matrix(1, batch.packed.sequences.squaredTotal)
    }
    for pair in layers {
      guard let s = student.taps.scores[pair.student],
        let ds = tapGradients.scores[pair.student], let t = known.scores[pair.teacher]
      else { preconditionFailure("layer \(pair.student) or \(pair.teacher) has no score tap") }
      terms.add(
        "attention",
        attentionLoss(
          s, t, batch.packed.sequences, totals, weight: forms.weights["attention", totals],
          into: ds, on: context, scratch: aggregates))
    }
    if let match = forms.relations {
      guard let s = student.taps.queriesKeysValues[match.pair.student],
        let ds = tapGradients.queriesKeysValues[match.pair.student],
        let t = known.queriesKeysValues[match.pair.teacher]
      else { preconditionFailure("layer \(match.pair) has no tap of queries, keys and values") }
      terms.add(
        "relations",
        relationLoss(
          s, t, batch.packed.sequences, match, tokens: totals[.tokens],
          weight: forms.weights["relations", totals], into: ds, on: context))
    }
    return terms
  }
}

extension Denominator {
  /// Rows: the sum of the sequences' lengths.
  static let tokens = Denominator("tokens") { $0.packed.tokens }
  /// The sum of the squared lengths: (query, key) pairs of one head, those of padding among them.
  static let squaredLengths = Denominator("squared lengths") {
    $0.packed.sequences.lengths.reduce(0) { $0 + $1 * $1 }
  }
}
