public import Compute
public import Transformer

/// Runs a model over examples in evaluation mode.
public final class Predictor {
  /// The model.
  public let model: BertModel
  /// Its weights.
  public let weights: ParameterSet
  /// Most rows of a packed batch.
  public let maxTokens: Int

  private let context: ComputeContext
  private let arena = Arena()
  /// Examples asked for at once; a bound on what a streaming source must hold.
  private let examplesPerRead = 1024

  /// Creates a predictor.
  public init(
    _ model: BertModel, weights: ParameterSet, maxTokens: Int = 4096, on context: ComputeContext
  ) {
    self.model = model
    self.weights = weights
    self.maxTokens = maxTokens
    self.context = context
  }

  /// The logits of the model's classification head for every example.
  ///
  /// How examples are batched depends on the source alone, so the bits are the same every time.
  ///
  /// - Parameters:
  ///   - source: the examples.
  ///   - shouldStop: asked before every batch.
  /// - Returns: `[examples x labels]`, row-major, or nil if it was asked to stop.
  /// - Throws: `TrainingError` on examples the model cannot take and logits that are not finite, and
  ///   what the source throws.
  public func logits(
    of source: any ExampleSource, shouldStop: () -> Bool = { false }
  ) throws -> [Float]? {
    var result: [Float] = []
    let batcher = MicroBatcher(maxTokens: maxTokens)
    for start in stride(from: 0, to: source.count, by: examplesPerRead) {
      let indices = Array(start..<min(start + examplesPerRead, source.count))
      let examples = try source.examples(indices)
      for (example, index) in zip(examples, indices) { try model.check(example, index: index) }
      for batch in batcher.batches(examples, indices: indices, firstPlace: start) {
        if shouldStop() { return nil }
        arena.reset()
        let activations = model.forward(
          batch.packed, weights, taps: BertModel.Taps(hidden: [], scores: [], logits: true),
          mode: .evaluation, on: context, in: arena)
        guard let logits = activations.logits else {
          preconditionFailure("prediction needs a model with a classification head")
        }
        let values = logits.values()
        if let place = values.firstIndex(where: { !$0.isFinite }) {
          throw TrainingError.nonFinite(logitsOf: batch.indices[place / logits.columns])
        }
        result += values
      }
    }
    return result
  }

  /// The class with the greatest logit of each row; the first of equals.
  public static func classes(logits: [Float], labels: Int) -> [Int32] {
    precondition(labels > 0 && logits.count % labels == 0, "\(logits.count) logits of \(labels)")
    return stride(from: 0, to: logits.count, by: labels).map { start in
      var best = 0
      for label in 1..<max(labels, 1) where logits[start + label] > logits[start + best] {
        best = label
      }
      return Int32(best)
    }
  }
}
