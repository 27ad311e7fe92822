import Compute
import Training
import Transformer

/// The losses of ``LayerObjective``.
extension LayerObjective {
  /// sum (s W^T + b - t)^2 / (tokens x teacher width), and its gradient.
  ///
  /// - Parameters:
  ///   - s: student's state, `[N, student width]`.
  ///   - operand: the same for products.
  ///   - t: teacher's state, `[N, teacher width]`.
  ///   - map: the projection, or nil for none.
  ///   - weights: holds the projection.
  ///   - gradients: receives the projection's gradient.
  ///   - tokens: rows of the whole step.
  ///   - ds: `[N, student width]`, added to.
  ///   - context: where the arithmetic runs.
  ///   - scratch: see above; nil without projection.
  /// - Returns: the batch's share of the loss.
  func hiddenLoss(
    _ s: Matrix, _ operand: Operand, _ t: Matrix, _ map: HiddenProjection.Map?,
    _ weights: ParameterSet, _ gradients: ParameterSet, tokens: Int, into ds: Matrix,
    on context: ComputeContext, scratch: (projected: Matrix, gradient: Operand)?
  ) -> Double {
    let scale = 1 / (Double(tokens) * Double(t.columns))
    guard let map, let scratch else {
      return scale
        * context.squaredDifference(s, t, gradientScale: Float(2 * scale), addingGradientInto: ds)
    }
    let weight = weights.weight(map.weight)
    context.linear(operand, weight, bias: weights[map.bias], into: scratch.projected)
    let sum = context.squaredDifference(
      scratch.projected, t, gradientScale: Float(2 * scale), gradient: scratch.gradient)
    context.inputGradient(scratch.gradient, weight, into: ds, accumulating: true)
    context.weightGradient(
      scratch.gradient, operand, into: gradients[map.weight], bias: gradients[map.bias])
    return scale * sum
  }

  /// sum (S - T)^2 / (heads x sum of squared lengths), and its gradient; heads aggregated on both
  /// sides, and counted once, where their numbers differ.
  ///
  /// The scores of a sequence with padding are `[rows, keys]`: padding attends, and whoever would attend
  /// to it counts in the denominator alone, as in the reference of TinyBERT, which sets such scores to 0.
  ///
  /// - Parameters:
  ///   - s: student's raw scores, `[1, student heads x sum of squared lengths]`.
  ///   - t: teacher's raw scores, `[1, teacher heads x sum of squared lengths]`.
  ///   - sequences: the batch's sequences.
  ///   - squaredLengths: sum over the whole step.
  ///   - ds: like `s`, added to.
  ///   - context: where the arithmetic runs.
  ///   - scratch: see above; empty for equal head counts.
  /// - Returns: the batch's share of the loss.
  func attentionLoss(
    _ s: Matrix, _ t: Matrix, _ sequences: SequenceOffsets, squaredLengths: Int, into ds: Matrix,
    on context: ComputeContext, scratch: [Matrix]
  ) -> Double {
    guard let headMismatch else {
      let scale = 1 / (Double(studentHeads) * Double(squaredLengths))
      return scale * scoreDifference(s, t, gradientScale: Float(2 * scale), into: ds, on: context)
    }
    let scale = 1 / Double(squaredLengths)
    let teacherHeads = teacher.configuration.headCount
    let (own, other, difference) = (scratch[0], scratch[1], scratch[2])
    difference.fill(0)
    let share = headMismatch.scale(heads: studentHeads)
    context.aggregateHeads(s, sequences: sequences, heads: studentHeads, scale: share, into: own)
    context.aggregateHeads(
      t, sequences: sequences, heads: teacherHeads,
      scale: headMismatch.scale(heads: teacherHeads), into: other)
    let sum = scoreDifference(
      own, other, gradientScale: Float(2 * scale), into: difference, on: context)
    context.spreadHeads(
      difference, sequences: sequences, heads: studentHeads, scale: share, addingInto: ds)
    return scale * sum
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
}
