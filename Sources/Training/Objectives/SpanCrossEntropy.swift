public import Compute
import Transformer

/// Cross-entropy of answers in a text: the mean over the sequences whose answer is known of
/// (-log softmax(start)[first] - log softmax(end)[last]) / 2.
///
/// Each softmax goes over the tokens of the sequence: where transformers pads, padding takes part in
/// its normaliser; here there is none.
public struct SpanCrossEntropy: TargetLoss {
  /// Stable name under which it is logged.
  public let term = "span"
  /// The answers that are known.
  public let denominator = Denominator("spans") { batch in
    batch.targets.count { if case .span = $0 { true } else { false } }
  }

  /// Creates the loss.
  public init() {}

  /// As `TargetLoss` says; the logits are `[N, 2]`, a row a token.
  public func evaluate(
    _ logits: Matrix, _ batch: TrainingBatch, scale: Double, gradient: Matrix,
    on context: ComputeContext
  ) -> Double {
    let places = batch.targets.flatMap { target -> [Int32] in
      if case .span(let first, let last) = target { return [first, last] }
      return [ignoredLabel, ignoredLabel]
    }
    return scale / 2
      * context.placeCrossEntropy(
        logits, of: batch.packed.sequences, places: places, gradientScale: Float(scale / 2),
        addingGradientInto: gradient)
  }
}
