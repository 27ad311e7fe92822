import Artifacts
import Compute
import Files
import Text
import Training
import Transformer

/// A classifier for text, for `distill predict`.
public struct TextClassifier {
  /// What the model says of a row.
  public struct Row {
    /// Name of the class with the greatest logit.
    public let label: String
    /// All logits, in the order of the model's labels.
    public let logits: [Float]

    /// The row as one JSON object.
    ///
    /// - Throws: `FileError` for a logit that is not finite.
    public func json() throws -> String {
      let object = JSONValue.object(
        JSONObject([
          ("label", .string(label)), ("logits", .array(logits.map { .real(Double($0)) })),
        ]))
      return String(decoding: try object.encoded(), as: UTF8.self)
    }
  }

  private let tokenizer: Tokenizer
  private let labels: [String]
  private let predictor: Predictor
  private let maxLength: Int
  /// Rows read, tokenised and classified at once.
  private let rowsAtOnce = 1024

  /// Loads a model.
  ///
  /// - Throws: `StageError` where it has no classifier.
  public init(model path: String, splitsSpecialTokens: Bool, threads: Int) throws {
    let source = try ModelSource(path)
    guard case .classification(let count, _) = source.head else {
      throw ArtifactError.badData(
        path, "the model has no classifier", cure: "predict with a fine-tuned or distilled model")
    }
    var tokenizer = source.tokenizer
    tokenizer.splitsSpecialTokens = splitsSpecialTokens
    self.tokenizer = tokenizer
    labels = source.labels.isEmpty ? (0..<count).map { "LABEL_\($0)" } : source.labels
    let loaded = try source.loadWhole()
    predictor = Predictor(
      loaded.model, weights: loaded.weights, on: ComputeContext(threads: threads))
    let positions = source.configuration.maximumPositions
    maxLength = min(positions, tokenizer.settings.modelMaxLength ?? positions)
    guard maxLength >= 3 else {
      throw ArtifactError.badData(
        path, "a length limit of \(maxLength) tokens leaves no room beside the special ones",
        cure: "correct model_max_length in tokenizer_config.json")
    }
  }

  /// Classifies the rows of a file in their order.
  ///
  /// - Throws: What is wrong with the file, naming the line, and what `body` throws.
  public func classify(
    file: String, textColumn: String?, pairColumn: String?, _ body: (Row) throws -> Void
  ) throws {
    let layout = RowLayout(text: textColumn, pair: pairColumn)
    let reader = try RowReader(file, layout: layout)
    var waiting: [Example] = []
    while let row = try reader.next() {
      let encoding = tokenizer.encode(row.text, row.pair, maxLength: maxLength)
      waiting.append(
        Example(sequence: TokenSequence(ids: encoding.ids, types: encoding.types)))
      if waiting.count == rowsAtOnce { try classify(&waiting, body) }
    }
    try classify(&waiting, body)
  }

  private func classify(_ waiting: inout [Example], _ body: (Row) throws -> Void) throws {
    guard !waiting.isEmpty else { return }
    let logits = try predictor.logits(of: InMemoryExamples(waiting)) ?? []
    let classes = Predictor.classes(logits: logits, labels: labels.count)
    for (row, label) in classes.enumerated() {
      try body(
        Row(
          label: labels[Int(label)],
          logits: Array(logits[row * labels.count..<(row + 1) * labels.count])))
    }
    waiting.removeAll(keepingCapacity: true)
  }
}
