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

  /// The logits of the model's head for every example.
  ///
  /// How examples are batched depends on the source alone, so the bits are the same every time.
  ///
  /// - Parameters:
  ///   - source: the examples.
  ///   - shouldStop: asked before every batch.
  /// - Returns: for each example one row, or a row a token where the head answers for tokens; nil if
  ///   it was asked to stop.
  /// - Precondition: The model has a head.
  /// - Throws: `TrainingError` on examples the model cannot take and logits that are not finite, and
  ///   what the source throws.
  public func outputs(
    of source: any ExampleSource, shouldStop: () -> Bool = { false }
  ) throws -> Outputs? {
    guard let shape = model.logitShape else {
      preconditionFailure("prediction needs a model with a head")
    }
    var rows = Ragged<Float>()
    let batcher = MicroBatcher(maxTokens: maxTokens)
    for start in stride(from: 0, to: source.count, by: examplesPerRead) {
      let indices = Array(start..<min(start + examplesPerRead, source.count))
      let examples = try source.examples(indices)
      for (example, index) in zip(examples, indices) { try model.check(example, index: index) }
      for batch in batcher.batches(examples, indices: indices, firstPlace: start) {
        if shouldStop() { return nil }
        arena.reset()
        var packed = batch.packed
        if shape.rows == .predictionRows { packed.predictionRows = Array(0..<Int32(packed.tokens)) }
        let activations = model.forward(
          packed, weights, taps: BertModel.Taps(logits: true), mode: .evaluation,
          on: context, in: arena)
        guard let logits = activations.logits else {
          preconditionFailure("the head was asked for nothing")
        }
        let values = logits.values()
        let starts =
          shape.rows == .sequences ? Array(0...packed.count) : packed.sequences.starts
        for (number, example) in batch.indices.enumerated() {
          let row = values[starts[number] * shape.columns..<starts[number + 1] * shape.columns]
          guard row.allSatisfy(\.isFinite) else {
            throw TrainingError.nonFinite(logitsOf: example)
          }
          rows.append(row)
        }
      }
    }
    return Outputs(columns: shape.columns, rows: rows)
  }
}
