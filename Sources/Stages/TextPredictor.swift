import Artifacts
import Compute
import Files
import Tasks
import Text
import Training
import Transformer

/// A model that answers for text, for `distill predict`.
public struct TextPredictor {
  private let task: any RowTask
  private let tokenizer: Tokenizer
  private let labels: [String]
  private let predictor: Predictor
  private let maxLength: Int
  private let source: ModelSource
  /// What a user should know of how the model was read, a line each.
  public let notes: [String]
  /// Sequences answered for at once.
  private let rowsAtOnce = 1024

  /// Loads a model.
  ///
  /// - Throws: `ArtifactError` where it does no task of rows.
  public init(model path: String, splitsSpecialTokens: Bool, threads: Int) throws {
    source = try ModelSource(path)
    task = try source.rowTask(cure: "predict with a fine-tuned or distilled model")
    var tokenizer = source.tokenizer
    tokenizer.splitsSpecialTokens = splitsSpecialTokens
    self.tokenizer = tokenizer
    let loaded = try source.loadWhole()
    notes = loaded.notes
    try ComputeContext.requireRoom(threads: threads)
    labels =
      source.labels.isEmpty
      ? (0..<(loaded.model.logitShape?.columns ?? 0)).map { "LABEL_\($0)" } : source.labels
    predictor = Predictor(
      loaded.model, weights: loaded.weights, on: ComputeContext(threads: threads))
    let positions = source.configuration.longestSequence
    maxLength = min(positions, tokenizer.settings.modelMaxLength ?? positions)
    guard maxLength >= 3 else {
      throw ArtifactError.badData(
        path, "a length limit of \(maxLength) tokens leaves no room beside the special ones",
        cure: "correct model_max_length in tokenizer_config.json, or take a model of more positions"
      )
    }
  }

  /// Answers for the rows of a file in their order.
  ///
  /// - Parameters:
  ///   - file: The rows.
  ///   - textColumn: Column of the text; nil for the usual names.
  ///   - pairColumn: Column of the second text.
  ///   - asJSON: Whether an answer is given in full, as a JSON object.
  ///   - body: Takes the answers, a line each.
  /// - Throws: What is wrong with the file, naming the line.
  public func answer(
    file: String, textColumn: String?, pairColumn: String?, asJSON: Bool, _ body: (String) -> Void
  ) throws {
    let layout = RowLayout(text: textColumn, pair: pairColumn)
    let reader = try RowReader(file, layout: layout)
    var waiting: [Example] = []
    while let row = try reader.next() {
      if row.pair?.isEmpty == false { try TaskData.requireFit(source, pairs: true, of: file) }
      for example in task.examples(
        of: row, target: .none, tokenizer: tokenizer, maxLength: maxLength)
      {
        let encoding = example.encoding
        waiting.append(
          Example(sequence: TokenSequence(ids: encoding.ids, types: encoding.types)))
      }
      if waiting.count >= rowsAtOnce { try answer(&waiting, asJSON, body) }
    }
    try answer(&waiting, asJSON, body)
  }

  private func answer(_ waiting: inout [Example], _ asJSON: Bool, _ body: (String) -> Void) throws {
    guard !waiting.isEmpty, let outputs = try predictor.outputs(of: InMemoryExamples(waiting))
    else { return }
    for answer in task.answers(outputs, labels: labels) {
      body(
        asJSON
          ? String(decoding: try JSONValue.object(answer.object).encoded(), as: UTF8.self)
          : answer.text)
    }
    waiting.removeAll(keepingCapacity: true)
  }
}
