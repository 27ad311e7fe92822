import Artifacts
import Compute
import Files
import Pipelines
import Tasks
import Text
import Training

/// Raw text of which tokens are hidden.
extension DatasetStage {
  /// Refuses options that raw text has no use for, and those that only raw text has.
  func checkText() throws {
    guard task.readsRawText else {
      guard options[ReadingFields.layout.name] != .null else { return }
      throw StageError.usage(
        ReadingFields.layout.name, "given for \(task.name), whose rows are no raw text",
        cure: "leave it out, or give --task \(MaskedLanguageTask().name)")
    }
    let fixed = ["pair_column", "label_column", "label_columns", "label_separator", "labels"]
    if let name = fixed.first(where: { options[$0] != .null }) {
      throw StageError.usage(
        name, "given for \(task.name), whose rows are texts alone", cure: "leave it out")
    }
    for name in ["allow_missing_labels", "skip_malformed_rows"] where options.boolean(name) {
      throw StageError.usage(
        name, "given for \(task.name), whose rows are texts alone", cure: "leave it out")
    }
    if let format = ReadingFields.format(options), format == .conll {
      throw StageError.usage(
        "format", "conll holds words with tags, not text", cure: "give txt, tsv, csv or jsonl")
    }
    _ = try CorpusText(options, unknownToken: "")
  }

  /// The task of a run: which tokens are hidden, its seed decides.
  ///
  /// - Throws: `TaskError` where no token can be hidden.
  func task(seed: UInt64, _ tokenizer: Tokenizer) throws -> any RowTask {
    guard task.readsRawText else { return task }
    let masked = MaskedLanguageTask(seed: seed)
    try masked.requireWords(tokenizer)
    return masked
  }

  /// What was hidden of a file's texts.
  static func remark(
    onHidden examples: [[RowExample]], _ task: any RowTask, path: String
  ) -> String? {
    guard task.readsRawText else { return nil }
    var (tokens, hidden, cut) = (0, 0, 0)
    for row in examples {
      cut += row.count > 1 ? 1 : 0
      for example in row {
        guard case .tokenLabels(let labels) = example.target else { continue }
        tokens += labels.count
        hidden += labels.count { $0 != ignoredLabel }
      }
    }
    return
      "\(path): \(hidden.grouped) of \(tokens.grouped) tokens are to be found, the same for every model: "
      + "15 % of a sequence, drawn by the seed, of which 80 % are hidden, 10 % replaced and 10 % left"
      + (cut == 0 ? "" : "; \(cut.grouped) long texts are several sequences")
  }
}
