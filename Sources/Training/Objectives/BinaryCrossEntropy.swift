public import Compute
import Transformer

/// Sigmoid binary cross-entropy of labels that apply each by itself: its mean over all labels of the
/// sequences whose labels are known.
public struct BinaryCrossEntropy: TargetLoss {
  /// Stable name under which it is logged.
  public let term = "labels"
  /// The sequences whose labels are known.
  public let denominator = Denominator("label sets") { batch in
    Self.labels(of: batch).count { $0 != nil }
  }

  /// The only one there is.
  public init() {}

  /// As `TargetLoss` says, for logits `[sequences, labels]`.
  public func evaluate(
    _ logits: Matrix, _ batch: TrainingBatch, scale: Double, gradient: Matrix,
    on context: ComputeContext
  ) -> Double {
    let scale = scale / Double(logits.columns)
    return scale
      * context.binaryCrossEntropy(
        logits, labels: Self.labels(of: batch), gradientScale: Float(scale),
        addingGradientInto: gradient)
  }

  private static func labels(of batch: TrainingBatch) -> [[Int32]?] {
    batch.targets.map { if case .labels(let labels) = $0 { labels } else { nil } }
  }
}
