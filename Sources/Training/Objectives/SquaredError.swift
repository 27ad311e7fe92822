public import Compute
import Transformer

/// Mean squared error of numbers: the mean of (z - y)^2 over the sequences whose number is known.
public struct SquaredError: TargetLoss {
  /// Stable name under which it is logged.
  public let term = "score"
  /// The numbers that are known.
  public let denominator = Denominator("numbers") { batch in
    batch.targets.count { if case .number = $0 { true } else { false } }
  }

  /// The only one there is.
  public init() {}

  /// As `TargetLoss` says, for logits `[sequences, 1]`.
  public func evaluate(
    _ logits: Matrix, _ batch: TrainingBatch, scale: Double, gradient: Matrix,
    on context: ComputeContext
  ) -> Double {
    // What is not known is as the model says.
    let numbers = batch.targets.enumerated().map { row, target in
      if case .number(let number) = target { number } else { logits[row, 0] }
    }
    return scale
      * context.squaredDifference(
        logits, Matrix(rows: logits.rows, columns: 1, values: numbers),
        gradientScale: Float(2 * scale), addingGradientInto: gradient)
  }
}
