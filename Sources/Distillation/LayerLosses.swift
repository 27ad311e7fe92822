import Compute
import Training
import Transformer

/// The losses of ``LayerObjective``.
extension LayerObjective {
  /// sum (s W^T + b - t)^2 / (tokens x teacher width), or sum (1 - cos(s W^T + b, t)) / tokens, and its
  /// gradient.
  ///
  /// - Parameters:
  ///   - s: student's state, `[N, student width]`.
  ///   - operand: the same for products.
  ///   - t: teacher's state, `[N, teacher width]`.
  ///   - map: the projection, or nil for none.
  ///   - weights: holds the projection.
  ///   - gradients: receives the projection's gradient.
  ///   - tokens: rows of the whole step.
  ///   - weight: factor of value and gradient.
  ///   - ds: `[N, student width]`, added to.
  ///   - context: where the arithmetic runs.
  ///   - scratch: see above; nil without projection.
  /// - Returns: the batch's share of the loss.
  func hiddenLoss(
    _ s: Matrix, _ operand: Operand, _ t: Matrix, _ map: HiddenProjection.Map?,
    _ weights: ParameterSet, _ gradients: ParameterSet, tokens: Int, weight: Double,
    into ds: Matrix, on context: ComputeContext, scratch: ProjectionScratch?
  ) -> Double {
    let isCosine = forms.hidden == .cosine
    let scale = weight / (Double(tokens) * (isCosine ? 1 : Double(t.columns)))
    guard let map, let scratch else {
      return scale
        * (isCosine
          ? context.cosineDistance(s, t, gradientScale: scale, addingGradientInto: ds)
          : context.squaredDifference(
            s, t, gradientScale: Float(2 * scale), addingGradientInto: ds))
    }
    let projection = weights.weight(map.weight)
    context.linear(operand, projection, bias: weights[map.bias], into: scratch.projected)
    let sum: Double
    if isCosine, let gradient = scratch.gradientValues {
      gradient.fill(0)
      sum = context.cosineDistance(
        scratch.projected, t, gradientScale: scale, addingGradientInto: gradient)
      context.copy(gradient, into: scratch.gradient)
    } else {
      sum = context.squaredDifference(
        scratch.projected, t, gradientScale: Float(2 * scale), gradient: scratch.gradient)
    }
    context.inputGradient(scratch.gradient, projection, into: ds, accumulating: true)
    context.weightGradient(
      scratch.gradient, operand, into: gradients[map.weight], bias: gradients[map.bias])
    return scale * sum
  }

  /// sum (S - T)^2 / (heads x sum of squared lengths), or sum KL(softmax(T) || softmax(S)) / (heads x
  /// tokens), and its gradient; heads aggregated on both sides, and counted once, where their numbers
  /// differ.
  ///
  /// The scores of a sequence with padding are `[rows, keys]`: padding attends, and whoever would attend
  /// to it counts in the denominator alone, as in the reference of TinyBERT, which sets such scores to 0.
  ///
  /// - Parameters:
  ///   - s: student's raw scores, `[1, student heads x sum of squared lengths]`.
  ///   - t: teacher's raw scores, `[1, teacher heads x sum of squared lengths]`.
  ///   - sequences: the batch's sequences.
  ///   - totals: the denominators over the whole step.
  ///   - weight: factor of value and gradient.
  ///   - ds: like `s`, added to.
  ///   - context: where the arithmetic runs.
  ///   - scratch: see above; empty for equal head counts.
  /// - Returns: the batch's share of the loss.
  func attentionLoss(
    _ s: Matrix, _ t: Matrix, _ sequences: SequenceOffsets, _ totals: StepTotals, weight: Double,
    into ds: Matrix, on context: ComputeContext, scratch: [Matrix]
  ) -> Double {
    let count = Double(totals[forms.attention == .kl ? .tokens : .squaredLengths])
    func loss(_ s: Matrix, _ t: Matrix, heads: Int, into ds: Matrix) -> Double {
      let scale = weight / (Double(heads) * count)
      return scale
        * (forms.attention == .kl
          ? context.attentionDivergence(
            s, t, sequences: sequences, heads: heads, gradientScale: Float(scale),
            addingGradientInto: ds)
          : scoreDifference(s, t, gradientScale: Float(2 * scale), into: ds, on: context))
    }
    guard let headMismatch else { return loss(s, t, heads: studentHeads, into: ds) }
    let teacherHeads = teacher.configuration.headCount
    let (own, other, difference) = (scratch[0], scratch[1], scratch[2])
    difference.fill(0)
    let share = headMismatch.scale(heads: studentHeads)
    context.aggregateHeads(s, sequences: sequences, heads: studentHeads, scale: share, into: own)
    context.aggregateHeads(
      t, sequences: sequences, heads: teacherHeads,
      scale: headMismatch.scale(heads: teacherHeads), into: other)
    let value = loss(own, other, heads: 1, into: difference)
    context.spreadHeads(
      difference, sequences: sequences, heads: studentHeads, scale: share, addingInto: ds)
    return value
  }

  /// The sum of the squared differences of scores, those that are cut off counting as 0.
  private func scoreDifference(
    _ s: Matrix, _ t: Matrix, gradientScale: Float, into ds: Matrix, on context: ComputeContext
  ) -> Double {
    guard let attentionCutoff else {
      return context.squaredDifference(s, t, gradientScale: gradientScale, addingGradientInto: ds)
    }
    return context.squaredDifference(
      s, t, cutoff: Float(attentionCutoff), gradientScale: gradientScale, addingGradientInto: ds)
  }

  /// The mean over relation heads and tokens of KL(teacher's || student's relations), summed over those
  /// of queries, of keys and of values, and its gradient.
  ///
  /// - Parameters:
  ///   - s: student's queries, keys and values, `[N, 3 x student width]`.
  ///   - t: the teacher's, `[N, 3 x teacher width]`.
  ///   - sequences: the batch's sequences.
  ///   - match: the relation heads.
  ///   - tokens: rows of the whole step.
  ///   - weight: factor of value and gradient.
  ///   - ds: like `s`, added to.
  ///   - context: where the arithmetic runs.
  /// - Returns: the batch's share of the loss.
  func relationLoss(
    _ s: Matrix, _ t: Matrix, _ sequences: SequenceOffsets, _ match: RelationMatch, tokens: Int,
    weight: Double, into ds: Matrix, on context: ComputeContext
  ) -> Double {
    let scale = weight / (Double(match.heads) * Double(tokens))
    let (own, other) = (s.columns / 3, t.columns / 3)
    return (0..<3).reduce(0) { sum, part in
      let columns = part * own..<(part + 1) * own
      return sum
        + scale
        * context.relationDivergence(
          s.columns(columns), t.columns(part * other..<(part + 1) * other), sequences: sequences,
          heads: match.heads, gradientScale: Float(scale), addingGradientInto: ds.columns(columns))
    }
  }
}

/// Memory for projected states of a batch.
struct ProjectionScratch {
  /// The projected state, `[N, teacher width]`.
  let projected: Matrix
  /// d(loss)/d(projected state), `[N, teacher width]`, as products read it.
  let gradient: Operand
  /// The same in fp32, where a loss adds to it.
  let gradientValues: Matrix?

  init(rows: Int, width: Int, precision: Precision, keepsGradient: Bool, in arena: Arena) {
    projected = arena.matrix(rows, width)
    gradient = arena.operand(rows, width, precision)
    if case .fp32(let values) = gradient {
      gradientValues = values
    } else {
      gradientValues = keepsGradient ? arena.matrix(rows, width) : nil
    }
  }
}
