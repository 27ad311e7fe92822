import Artifacts
import Compute
import Files
import Tasks
import Text
import Training
import Transformer

/// A model that answers for text, for `distill predict`.
public struct TextPredictor {
  private let path: String
  private let source: ModelSource
  private let task: any RowTask
  private let tokenizer: Tokenizer
  private let labels: [String]
  private let predictor: Predictor
  private let lengths: SequenceLengths
  private let search: AnswerSearch
  /// What a user should know of how the model was read, a line each.
  public let notes: [String]
  /// Sequences answered for at once, and those of the last row that go beyond.
  private let examplesAtOnce = 1024

  /// Loads a model.
  ///
  /// - Parameters:
  ///   - path: A model artifact or a Hugging Face folder.
  ///   - pooling: How a model without pooling of its own makes vectors, where it is to.
  ///   - named: Names of its outputs in order, in place of its own; empty for those.
  ///   - threshold: Probability from which on a label is answered, where there may be several.
  ///   - splitsSpecialTokens: Whether special tokens written in the text are split.
  ///   - settings: How answers are looked for in texts.
  ///   - threads: How many threads compute.
  /// - Throws: `ArtifactError` where it does no task of rows or has another number of outputs;
  ///   `StageError` on settings that are not for its task.
  public init(
    model path: String, pooling: String? = nil, labels named: [String] = [],
    threshold: Double? = nil, splitsSpecialTokens: Bool,
    settings: AnswerSettings = AnswerSettings(), threads: Int
  ) throws {
    self.path = path
    source = try ModelSource(path, pooling: pooling.map(PoolingField.pooling))
    let own = try source.rowTask(
      isNamed: !named.isEmpty,
      cure: "predict with a fine-tuned or distilled model, or give --pooling mean for vectors")
    guard own.outputForm == .logits else {
      throw ArtifactError.badData(
        path, "a model of \(own.name) answers with words of its vocabulary, not for texts",
        cure: "score it with distill evaluate, or fine-tune it for a task: distill finetune")
    }
    task = try threshold.map { try own.answering(from: $0) } ?? own
    var tokenizer = source.tokenizer
    tokenizer.splitsSpecialTokens = splitsSpecialTokens
    self.tokenizer = tokenizer
    try ComputeContext.requireRoom(threads: threads)
    let loaded = try source.loadWhole()
    notes = loaded.notes
    let outputs = task.namesOutputs ? loaded.model.logitShape?.columns ?? 0 : 0
    let names = source.labels.isEmpty ? (0..<outputs).map { "LABEL_\($0)" } : source.labels
    labels = named.isEmpty ? names : named
    try task.requireNames(
      labels, ofOutputs: outputs, path: path, cure: "name each output, in order, with --labels")
    guard Set(labels).count == labels.count else {
      throw ArtifactError.badData(
        path, "two of its outputs have one name", cure: "give each its own, in order, with --labels"
      )
    }
    predictor = Predictor(
      loaded.model, weights: loaded.weights, on: ComputeContext(threads: threads))
    let positions = source.configuration.longestSequence
    let maxLength = min(positions, tokenizer.settings.modelMaxLength ?? positions)
    guard maxLength >= 3 else {
      throw ArtifactError.badData(
        path, "a length limit of \(maxLength) tokens leaves no room beside the special ones",
        cure: "correct model_max_length in tokenizer_config.json, or take a model of more positions"
      )
    }
    lengths = try settings.lengths(for: task, limit: maxLength)
    search = settings.search
  }

  /// Whether a model at a path answers for text.
  public static func takes(_ path: String) -> Bool {
    (try? ModelSource(path))?.task?.outputForm == .logits
  }

  /// Answers for rows in their order.
  ///
  /// - Parameters:
  ///   - input: The rows.
  ///   - form: How an answer is written.
  ///   - progress: Told after every batch how many rows are answered for.
  ///   - body: Takes the answers, a line each.
  /// - Returns: What the user should know of the rows, a line each.
  /// - Throws: What is wrong with the rows, naming the line, before any answer where it is what kind
  ///   of rows they are.
  public func answer(
    _ input: PredictionInput, form: AnswerForm, progress: (Int) -> Void = { _ in },
    _ body: (String) -> Void
  ) throws -> [String] {
    try input.check(task, labels, of: path, form: form)
    let form = try form.known(to: task, of: path)
    try form.requirePlace(for: task)
    let reader = try input.open(for: task, form: form)
    var isFirst = true
    var number = 0
    var cut = 0
    var waiting = Waiting()
    var contexts = LastContext()
    while let row = try reader.next() {
      if isFirst {
        let isPair = row.pair != nil && !task.readsPairsApart
        try source.facts.requireSegments(forPairs: isPair, of: reader.path)
        try source.facts.requireInput(
          ofPairs: isPair, of: reader.path,
          cure: (
            single: "give a file with columns sentence1 and sentence2, or name two with "
              + "--text-column and --pair-column",
            pairs: "name the one text with --text-column"
          ))
        if let header = form.header(of: labels) { body(header) }
        isFirst = false
      }
      let context =
        task.answersAreInText ? contexts.trace(of: row.pair ?? "", tokenizer) : nil
      let examples =
        if let context {
          task.examples(
            of: row, target: .none, in: context, tokenizer: tokenizer, lengths: lengths)
        } else {
          task.examples(of: row, target: .none, tokenizer: tokenizer, lengths: lengths)
        }
      for example in examples {
        let sequence = TokenSequence(ids: example.encoding.ids, types: example.encoding.types)
        waiting.examples.append(Example(sequence: sequence, target: example.target))
        waiting.encodings.append(example.encoding)
        waiting.rowOfExample.append(Int32(waiting.rows.count))
      }
      if let context {
        var sheet = waiting.sheet ?? AnswerSheet()
        waiting.sheet = nil
        sheet.append(row, examples, in: context)
        waiting.sheet = sheet
        if examples.contains(where: { $0.encoding.truncatedCount > 0 }) { cut += 1 }
      }
      waiting.rows.append((row, number))
      number += 1
      if waiting.examples.count >= examplesAtOnce { try answer(&waiting, form, progress, body) }
    }
    try answer(&waiting, form, progress, body)
    var remarks = reader.remarks
    if let remark = input.remark(onColumnsOf: labels, task, form: form) { remarks.append(remark) }
    if waiting.unanswered > 0 {
      remarks.append(
        "\(reader.path): \(waiting.unanswered) words lie beyond the limit of \(lengths.longest) tokens, or "
          + "have no token: they are told as O")
    }
    if cut > 0 {
      remarks.append(
        "\(reader.path): \(cut) questions are longer than half of what windows hold, and lost their end"
      )
    }
    return remarks
  }

  /// Rows that are to be answered, with their numbers from 0, and the examples that they became.
  private struct Waiting {
    var rows: [(row: LabelledRow, number: Int)] = []
    var examples: [Example] = []
    var rowOfExample: [Int32] = []
    var encodings: [Encoding] = []
    /// Words without an answer so far.
    var unanswered = 0
    var sheet: AnswerSheet?
  }

  private func answer(
    _ waiting: inout Waiting, _ form: AnswerForm, _ progress: (Int) -> Void,
    _ body: (String) -> Void
  ) throws {
    guard !waiting.rows.isEmpty else { return }
    waiting.sheet?.search = search
    let rows = TaskRows(
      InMemoryExamples(waiting.examples, rows: waiting.rowOfExample), labels: labels,
      sources: waiting.rows.map(\.row), encodings: waiting.encodings, sheet: waiting.sheet)
    // A row may be several examples.
    let (before, known) = (waiting.rows.first?.number ?? 0, waiting.rowOfExample)
    let outputs = try predictor.outputs(
      of: rows.examples,
      progress: { done in
        let next = known.indices.contains(done) ? Int(known[done]) : rows.count
        progress(before + next)
      })
    guard let outputs else { return }
    for (place, answer) in zip(waiting.rows, task.answers(outputs, to: rows, labels: labels)) {
      body(try form.line(answer, for: place.row, number: place.number, labels: labels))
      waiting.unanswered += answer.unanswered
    }
    waiting = Waiting(unanswered: waiting.unanswered)
  }
}
