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
    let excluded = preview.inputs["exclude"]?.compactMap(\.path) ?? []
    preview.check {
      let rows = excluded.filter { (try? ArtifactProbes.isArtifact($0)) != true }
      try QuotingField.check(
        options, columns: ["text_column", "pair_column"],
        separated: ["quoting", "columns", "skip_malformed_rows"], paths: paths + rows)
      _ = try Self.columns(options, paths, excluded)
    }
    var prospect = CorpusProspect(
      place: "the corpus", tokenizerDigest: digest,
      maxSequenceLength: options.integer("max_seq_length"))
    prospect.hasPairs = CorpusFields.mode(options).hasPairs
    if let tokenizer = preview.reckoningTokenizer() {
      let sample = CorpusSample(self, paths, excluding: excluded, tokenizer)
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
    let labels = namedLabels
    var splits: Set<String> = []
    var hasPairs: Bool?
    var lacksLabels = false
    var unanswered: Set<String> = []
    var hasAnswers: Bool? = answerKinds.isEmpty ? false : nil
    let paths = preview.inputs.compactMapValues { $0.first?.path }
    splits.formUnion(DatasetArtifact.splitNames.filter { preview.input($0) != nil })
    let found = preview.check("train") { try SplitFiles.find(paths, glue: glue) } ?? []
    splits.formUnion(found.map(\.split))
    // What is missing may be a folder with files for all.
    if paths["train"] == nil { splits.formUnion(DatasetArtifact.splitNames) }
    // Questions are left out by another rule.
    let separated = ["quoting", "columns"] + (task.answersAreInText ? [] : ["skip_malformed_rows"])
    let named = [
      "text_column", "pair_column", "label_column", "label_columns", TeacherColumn.field.name,
    ]
    preview.check {
      try QuotingField.check(
        options, columns: task.readsWords || glue != nil ? [] : named, separated: separated,
        paths: found.map(\.path))
    }
    let columns = preview.check { try namedColumns(found) }
    for (split, path) in columns == nil ? [] : found where !isFolder(path) || split == "train" {
      // Its header, whether the first row has a second text, and a label where one is needed.
      let first = preview.check(split) { try firstRows(of: path, columns) }
      let rows = first?.rows ?? []
      if let first, first.lacksLabels, !first.mayHaveAnswers { unanswered.insert(split) }
      if split == "train", let first {
        if !first.mayHaveAnswers {
          hasAnswers = false
        } else if rows.contains(where: { $0.teacher != nil }) {
          hasAnswers = true
        }
        lacksLabels = first.lacksLabels
      }
      guard let row = rows.first else { continue }
      hasPairs = hasPairs ?? (row.pair != nil)
      if split == "train", labels.isEmpty, !task.answersAreInText,
        rows.allSatisfy({ $0.answer == .none }),
        !options.boolean("allow_missing_labels")
      {
        // What is told here is not told of the stages after it too.
        let known = preview.check(split) { try self.labels(of: rows, path: path) }
        lacksLabels = lacksLabels && known != nil
      }
    }
    var prospect = DatasetProspect(
      place: "the dataset", task: task.knowing(labels: labels),
      labels: labels.isEmpty ? try? task.labels(named: [], of: [], path: "") : labels,
      tokenizerDigest: tokenizer?.digest, maxSequenceLength: lengths.longest,
      hasPairs: task.readsPairsApart ? false : hasPairs, splits: splits, hasAnswers: hasAnswers,
      lacksLabels: lacksLabels, unanswered: unanswered)
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
  private func firstRows(
    of path: String, _ columns: NamedColumns?
  ) throws -> (rows: [LabelledRow], mayHaveAnswers: Bool, lacksLabels: Bool) {
    let reader = try reader(path, columns: columns)
    let format = (reader as? RowReader)?.format
    let count = format == .jsonl ? 100 : 1
    var rows: [LabelledRow] = []
    while rows.count < count, let row = try reader.next() { rows.append(row) }
    // A file with columns has one for labels or has none.
    let lacksLabels =
      format.map { [.tsv, .csv, .txt].contains($0) } == true && rows.first?.answer == RowAnswer.none
    return (rows, reader.mayHaveAnswers, lacksLabels)
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
      ("masked_language_model", ["mlm_context", "masked_share", "candidate_floor"]),
      ("word_vectors", ["word_vector_limit"]),
      (CorpusRows.port.name, [CorpusRows.field.name]),
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
    AnswerFilter.foresee(&preview, dataset)
    let corpus = CorpusRows.foresee(&preview, dataset, readBy: language ?? table)
    guard var made = dataset else { return [:] }
    // What is made is another dataset than what is read.
    (made.contentDigest, made.lessons) = (nil, nil)
    if corpus != nil { made.lacksLabels = true }
    if preview.reckons { augment(&made, corpus, preview) }
    return ["dataset": made]
  }
}
