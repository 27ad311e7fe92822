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
  ///   - form: what is kept of the logits.
  ///   - shouldStop: asked before every batch.
  ///   - progress: told after every batch how many examples are done.
  /// - Returns: for each example one row, or a row a token where the head answers for tokens: for each
  ///   that has a class, known or not, where the example's target says which; nil if it was asked to
  ///   stop.
  /// - Precondition: The model has a head.
  /// - Throws: `TrainingError` on examples the model cannot take and logits that are not finite, and
  ///   what the source throws.
  public func outputs(
    of source: any ExampleSource, as form: OutputForm = .logits,
    shouldStop: () -> Bool = { false }, progress: (Int) -> Void = { _ in }
  ) throws -> Outputs? {
    guard let shape = model.logitShape else {
      preconditionFailure("prediction needs a model with a head")
    }
    var rows = Ragged<Float>()
    var done = 0
    let columns = form.columns(of: shape.columns)
    let batcher = MicroBatcher(maxTokens: maxTokens)
    for start in stride(from: 0, to: source.count, by: examplesPerRead) {
      let indices = Array(start..<min(start + examplesPerRead, source.count))
      let examples = try source.examples(indices)
      for (example, index) in zip(examples, indices) {
        try model.check(example, index: index, hasItsClasses: form.readsClasses)
      }
      for batch in batcher.batches(examples, indices: indices, firstPlace: start) {
        if shouldStop() { return nil }
        arena.reset()
        var packed = batch.packed
        let asked = Self.asked(of: batch)
        if shape.rows == .predictionRows { packed.predictionRows = asked.flatMap(\.self) }
        let activations = model.forward(
          packed, weights, taps: BertModel.Taps(logits: true), mode: .evaluation,
          on: context, in: arena)
        // Nothing where no token of the batch is asked for.
        let values =
          activations.logits.map {
            form.kept($0, classes: Self.classes(of: batch, asked), on: context)
          } ?? []
        let starts =
          switch shape.rows {
          case .sequences: Array(0...packed.count)
          case .tokens: packed.sequences.starts
          case .predictionRows: asked.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
          }
        for (number, example) in batch.indices.enumerated() {
          let row = values[starts[number] * columns..<starts[number + 1] * columns]
          guard row.allSatisfy(\.isFinite) else {
            throw TrainingError.nonFinite(logitsOf: example)
          }
          rows.append(row)
        }
        done += batch.indices.count
        progress(done)
      }
    }
    return Outputs(columns: columns, rows: rows)
  }

  /// What is right for each row that a head of single tokens is asked for; nothing for other heads.
  private static func classes(of batch: TrainingBatch, _ asked: [[Int32]]) -> [Int32] {
    zip(batch.targets, zip(batch.packed.sequences.starts, asked)).flatMap { target, rows in
      guard case .tokenLabels(let labels) = target else {
        return rows.1.map { _ in unknownLabel }
      }
      return rows.1.map { labels[Int($0) - rows.0] }
    }
  }

  /// The rows of each sequence of a batch that a head of single tokens is asked for: all where nothing
  /// says which.
  private static func asked(of batch: TrainingBatch) -> [[Int32]] {
    zip(batch.targets, batch.packed.sequences.starts).enumerated().map { sequence, pair in
      let (target, start) = pair
      let places = 0..<batch.packed.sequences.length(of: sequence)
      guard case .tokenLabels(let labels) = target else { return places.map { Int32(start + $0) } }
      return places.filter { labels[$0] != ignoredLabel }.map { Int32(start + $0) }
    }
  }
}
