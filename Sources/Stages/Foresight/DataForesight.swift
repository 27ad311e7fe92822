import Artifacts
import Files
import HDF5
package import Pipelines
import Tasks
import Text
import Transformer

extension CorpusStage {
  package func foresee(_ preview: inout Preview) -> [String: any Sendable] {
    let digest = preview.tokenizer("tokenizer")?.digest
    let paths = preview.inputs["text"]?.compactMap(\.path) ?? []
    preview.check {
      try QuotingField.check(
        options, columns: ["text_column"], separated: ["quoting"], paths: paths)
    }
    var prospect = CorpusProspect(
      place: "the corpus", tokenizerDigest: digest,
      maxSequenceLength: options.integer("max_seq_length"))
    if let tokenizer = preview.reckoningTokenizer() {
      let sample = CorpusSample(self, paths, tokenizer)
      (prospect.amount, prospect.unknown) = (sample.amount, sample.remarks)
    } else if preview.reckons {
      prospect.unknown = [Preview.noTokenizerYet]
    }
    return ["corpus": prospect]
  }
}

extension DatasetStage {
  package func foresee(_ preview: inout Preview) -> [String: any Sendable] {
    let tokenizer = preview.tokenizer("tokenizer")
    let lengths = preview.check { try boundedLengths(by: tokenizer?.limit) } ?? lengths
    let named = namedLabels
    var splits: Set<String> = []
    var hasPairs: Bool?
    var hasAnswers: Bool? = answerKinds.isEmpty ? false : nil
    let paths = preview.inputs.compactMapValues { $0.first?.path }
    splits.formUnion(DatasetArtifact.splitNames.filter { preview.input($0) != nil })
    let found = preview.check("train") { try SplitFiles.find(paths, glue: glue) } ?? []
    splits.formUnion(found.map(\.split))
    // Questions are left out by another rule.
    let separated = ["quoting"] + (task.answersAreInText ? [] : ["skip_malformed_rows"])
    preview.check {
      try QuotingField.check(
        options, columns: task.readsRawText ? ["text_column"] : [], separated: separated,
        paths: found.map(\.path))
    }
    for (split, path) in found where !isFolder(path) {
      // Its header, whether the first row has a second text, and a label where one is needed.
      let first = preview.check(split) { try firstRows(of: path) }
      let rows = first?.rows ?? []
      if split == "train", let first {
        if !first.mayHaveAnswers {
          hasAnswers = false
        } else if rows.contains(where: { $0.teacher != nil }) {
          hasAnswers = true
        }
      }
      guard let row = rows.first else { continue }
      hasPairs = hasPairs ?? (row.pair != nil)
      if split == "train", named.isEmpty, !task.answersAreInText,
        rows.allSatisfy({ $0.answer == .none }),
        !options.boolean("allow_missing_labels")
      {
        preview.check(split) { try task.labels(named: [], of: rows, path: path) }
      }
    }
    var prospect = DatasetProspect(
      place: "the dataset", task: task.knowing(labels: named),
      labels: named.isEmpty ? try? task.labels(named: [], of: [], path: "") : named,
      tokenizerDigest: tokenizer?.digest, maxSequenceLength: lengths.longest,
      hasPairs: task.readsPairsApart ? false : hasPairs, splits: splits, hasAnswers: hasAnswers)
    if let tokenizer = preview.reckoningTokenizer() {
      let sample = DatasetSample(self, found, tokenizer)
      (prospect.amounts, prospect.unknown) = (sample.amounts, sample.remarks)
      prospect.sample = sample
    } else if preview.reckons {
      prospect.unknown = [Preview.noTokenizerYet]
    }
    return ["dataset": prospect]
  }

  /// The first row of a file; several of one in which any row may have a label and any may not.
  private func firstRows(of path: String) throws -> (rows: [LabelledRow], mayHaveAnswers: Bool) {
    let reader = try reader(path)
    let count = (reader as? RowReader)?.format == .jsonl ? 100 : 1
    var rows: [LabelledRow] = []
    while rows.count < count, let row = try reader.next() { rows.append(row) }
    return (rows, reader.mayHaveAnswers)
  }
}

extension AugmentStage {
  package func foresee(_ preview: inout Preview) -> [String: any Sendable] {
    preview.check { try PrecisionField.resolve(options.text("precision")) }
    let dataset = preview.dataset()
    let language = preview.model("masked_language_model")
    let table = preview.model("embedding_model")
    let tableInput = preview.input("embedding_model")
    let languageInput = preview.input("masked_language_model")
    preview.check { try Self.source(languageInput, tableInput) }
    for (port, names) in [
      ("masked_language_model", ["mlm_context", "masked_share"]),
      ("word_vectors", ["word_vector_limit"]),
    ] where preview.input(port) == nil {
      preview.check { try options.requireGiven("--\(port.flag)", for: names) }
    }
    if tableInput != nil, preview.input("word_vectors") != nil {
      preview.find(Self.oneOfTheVectors)
    }
    if let language, language.head != .maskedLanguage {
      preview.find(
        Self.noLanguageHead(language.place, but: language.foreignHead), at: "masked_language_model")
    }
    if let language, let table {
      preview.check("embedding_model") { try table.requireSameTokenizer(as: language) }
    }
    if let dataset, let first = language ?? table {
      preview.check("dataset") {
        try first.requireSameTokenizer(dataset.tokenizerDigest, of: dataset.place)
      }
    }
    if let dataset, !dataset.splits.contains("train") {
      preview.find(Self.noTrainingSplit(dataset.place), at: "dataset")
    }
    if let dataset {
      preview.check { try RowRewriting.sides(options, dataset.task, hasPairs: dataset.hasPairs) }
      preview.check { try RowRewriting.requireEntities(options, dataset.task.readsWords) }
    }
    guard var made = dataset else { return [:] }
    if preview.reckons { augment(&made, preview) }
    return ["dataset": made]
  }
}
