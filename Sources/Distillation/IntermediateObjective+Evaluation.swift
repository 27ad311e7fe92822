public import Compute
public import Training
public import Transformer

extension Denominator {
  /// Rows: the sum of the sequences' lengths.
  static let tokens = Denominator("tokens") { $0.packed.tokens }
  /// The sum of the squared lengths: (query, key) pairs of one head.
  static let squaredLengths = Denominator("squared lengths") { $0.packed.sequences.squaredTotal }
}

extension IntermediateObjective {
  /// Rows, and pairs of them.
  public var denominators: [Denominator] { [.tokens, .squaredLengths] }

  /// Compares the student with the teacher on the batch and adds the gradients of all terms.
  public func evaluate(
    _ batch: TrainingBatch, student: Activations, tapGradients: TapMatrices,
    weights: ParameterSet, gradients: ParameterSet, totals: StepTotals,
    on context: ComputeContext, in arena: Arena
  ) throws -> LossTerms {
    let known = try teacher.taps(teacherTaps, of: batch)
    if let recorder, let logits = known.logits {
      recorder.record(logits, indices: batch.indices)
    }
    var terms = LossTerms()
    let width = teacher.configuration.hiddenSize
    // [N, teacher width]: the projected state, and d(loss)/d(projected state).
    let scratch = projection.map { _ in
      (
        projected: arena.matrix(batch.packed.tokens, width),
        gradient: arena.operand(batch.packed.tokens, width, context.precision)
      )
    }
    for pair in states {
      guard let s = student.taps.hidden[pair.student], let operand = student.operands[pair.student],
        let ds = tapGradients.hidden[pair.student], let t = known.hidden[pair.teacher]
      else { preconditionFailure("hidden state \(pair.student) or \(pair.teacher) is not tapped") }
      let map = projection?.maps[pair.student]
      terms.add(
        pair.student == 0 ? "embedding" : "hidden",
        hiddenLoss(
          s, operand, t, map, weights, gradients, tokens: totals[.tokens], into: ds, on: context,
          scratch: scratch))
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
          s, t, batch.packed.sequences, squaredLengths: totals[.squaredLengths], into: ds,
          on: context, scratch: aggregates))
    }
    return terms
  }

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
  private func hiddenLoss(
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
      return scale
        * context.squaredDifference(s, t, gradientScale: Float(2 * scale), addingGradientInto: ds)
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
    let sum = context.squaredDifference(
      own, other, gradientScale: Float(2 * scale), addingGradientInto: difference)
    context.spreadHeads(
      difference, sequences: sequences, heads: studentHeads, scale: share, addingInto: ds)
    return scale * sum
  }
}
