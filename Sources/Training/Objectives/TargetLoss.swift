public import Compute
import Transformer

/// A loss of a head's output against the targets of the examples: what fine-tuning trains, and the
/// share of the known answers when a student learns from a teacher.
public protocol TargetLoss: Sendable {
  /// Stable name under which it is logged.
  var term: String { get }

  /// What it is a mean over.
  var denominator: Denominator { get }

  /// The loss summed over a micro-batch, times `scale`.
  ///
  /// - Parameters:
  ///   - logits: the head's output, `[rows, columns]`.
  ///   - batch: the micro-batch; an example without target is left out.
  ///   - scale: factor of value and gradient.
  ///   - gradient: d(loss)/d(logits), `[rows, columns]`, added to.
  ///   - context: where the arithmetic runs.
  /// - Returns: the scaled sum.
  func evaluate(
    _ logits: Matrix, _ batch: TrainingBatch, scale: Double, gradient: Matrix,
    on context: ComputeContext
  ) -> Double
}

extension TargetLoss {
  /// `weight` x this micro-batch's share of the mean over the step.
  public func share(
    _ logits: Matrix, _ batch: TrainingBatch, weight: Double = 1, totals: StepTotals,
    gradient: Matrix, on context: ComputeContext
  ) -> Double {
    let count = totals[denominator]
    guard count > 0 else { return 0 }
    return evaluate(
      logits, batch, scale: weight / Double(count), gradient: gradient, on: context)
  }
}

/// Cross-entropy of classes: the mean of -log softmax(z)[class] over the sequences, or the tokens,
/// whose class is known.
public struct CrossEntropy: TargetLoss {
  /// Stable name under which it is logged.
  public let term: String
  /// The classes that are known.
  public let denominator = Denominator("classes") { batch in
    Self.classes(of: batch).count { $0 >= 0 }
  }

  /// Creates the loss.
  public init(term: String = "label") { self.term = term }

  /// As `TargetLoss` says; the logits have one row a sequence, or one a token, or one for each token
  /// whose class is known.
  public func evaluate(
    _ logits: Matrix, _ batch: TrainingBatch, scale: Double, gradient: Matrix,
    on context: ComputeContext
  ) -> Double {
    var labels = Self.classes(of: batch)
    if labels.count != logits.rows { labels.removeAll { $0 == ignoredLabel } }
    for row in labels.indices where labels[row] == unknownLabel { labels[row] = ignoredLabel }
    return scale
      * context.crossEntropy(
        logits, labels: labels, gradientScale: Float(scale), addingGradientInto: gradient)
  }

  /// The class of each sequence, or of each token, `ignoredLabel` where it is not known.
  private static func classes(of batch: TrainingBatch) -> [Int32] {
    let isOfTokens = batch.targets.contains { if case .tokenLabels = $0 { true } else { false } }
    return batch.targets.enumerated().flatMap { sequence, target -> [Int32] in
      switch target {
      case .label(let label): return [label]
      case .tokenLabels(let labels): return labels
      default:
        let count = isOfTokens ? batch.packed.sequences.length(of: sequence) : 1
        return [Int32](repeating: ignoredLabel, count: count)
      }
    }
  }
}
