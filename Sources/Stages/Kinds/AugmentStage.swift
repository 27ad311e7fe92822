package import Artifacts
package import Augmentation
package import Compute
package import Pipelines
import Tasks
import Text
import Training
import Transformer

/// Data augmentation: words of the training rows are replaced by others that fit their place.
///
/// Jiao et al. 2020, algorithm 1: a masked-language model or word vectors name the others.
package struct AugmentStage: Stage {
  package static let kind = "augment"
  package static let revision = EngineRevision.plus(4)
  package static let summary =
    "rewrite training rows with a language model's and word vectors' words"
  package static let inputs = [
    Port("dataset", kinds: ["dataset"], help: "labelled rows"),
    Port(
      "masked_language_model", kinds: ["model", "folder"], isOptional: true,
      help: "candidates for words of one piece"),
    Port(
      "word_vectors", kinds: ["file"], isOptional: true,
      help: "GloVe or word2vec text file: candidates for words of several pieces"),
    Port(
      "embedding_model", kinds: ["model", "folder"], isOptional: true,
      help: "a model whose own embedding table serves as word vectors"),
    AnswerFilter.port, CorpusRows.port,
  ]
  package static let outputs = [
    Port(
      "dataset", kinds: ["dataset"], help: "the rows with their rewrites, and those of the corpus")
  ]
  package static let fields =
    [
      TinyBERTPreset.field(of: kind),
      OptionField(
        "rewrites", .integer(0...10_000), default: .integer(20), help: "rewrites a row, at most"),
      OptionField(
        "replacement_probability", .real(0...1), default: .real(0.4),
        help: "chance that an eligible word is replaced in a rewrite"),
      OptionField(
        "candidates", .integer(1...1000), default: .integer(15), help: "candidates a word"),
      OptionField(
        "mlm_context", .choice(["masked", "original"]), default: .text("masked"),
        help: "what the language model sees: the masked text, or the original as second segment too"
      ),
      OptionField(
        "masked_share", .real(0...1), default: .real(0),
        help: "share of a text's pieces masked at once; 0 masks word by word, as TinyBERT does"),
      OptionField(
        "stop_words", .choice(["english", "tinybert"]), default: nil,
        help: "words that carry grammar and stay: our list, or that of TinyBERT's program (english)"
      ),
      OptionField(
        "aug_pair", .choice(["independent", "leak"]), default: nil,
        help: "what stands beside a rewritten second text: the first text, or its last rewrite "
          + "(independent)"),
      OptionField(
        "candidate_floor", .real(0...1), default: nil,
        help: "leave out candidates of the language model less probable than this share of the best"
      ),
      OptionField(
        "word_choice", .choice(["uniform", "importance"]), default: nil,
        help:
          "which words are replaced: uniform = all alike (default), importance = those that say little "
          + "of their text more often, by TF-IDF"),
      OptionField("protected_words", .texts, default: nil, help: "words that are never replaced"),
      OptionField(
        "augment_texts", .choice(RowRewriting.Sides.allCases.map(\.rawValue)), default: nil,
        help:
          "the texts of a pair that are rewritten: both, of a question and its context the first"),
      OptionField(
        "augment_entities", .boolean, default: .boolean(false),
        help: "replace words inside entities too; each keeps its tag"),
      CorpusRows.field,
      OptionField(
        "word_vector_limit", .integer(1...100_000_000), default: .integer(100_000),
        help: "lines of the word-vector file that are read"),
      OptionField(
        "max_tokens", .integer(8...10_000_000), default: .integer(4096),
        help: "rows of a packed batch: memory, never results", isSemantic: false),
    ] + PrecisionField.table

  let options: OptionValues
  /// Rows augmented at once: a block, and a shard.
  package static let rowsAtOnce = 128
  /// The same, for this stage.
  var rowsPerShard = Self.rowsAtOnce

  package init(_ options: OptionValues) throws {
    self.options = options
  }

  package func run(_ context: StageContext) throws -> StageResult {
    try check(context)
    let path = try context.required("dataset")
    let (reader, description) = try DatasetArtifact.open(path)
    let compute = try context.computeContext(options)
    let sources = try Sources(context, options: options, on: compute)
    var splits: [String: DatasetSplit] = [:]
    for name in description.splits.keys {
      splits[name] = try DatasetArtifact.read(
        reader, description, split: name, vocabularySize: sources.tokenizer.vocabularySize)
    }
    guard let train = splits["train"] else {
      throw Self.noTrainingSplit(path)
    }
    let task = try description.rowTask(of: path)
    let original = task.readsPairsApart ? train.singleTexts : train

    let filter = try AnswerFilter(context, on: compute)
    let rewriting = try RowRewriting(original, description, of: path, sources.tokenizer, options)
    splits["train"] = original
    let text = try CorpusRows(
      context, description, splits, (sources.tokenizer, sources.configuration), options)
    let rows = original.texts.indices.map(rewriting.row)
    let augmenter = Augmenter(
      tokenizer: sources.tokenizer, contextual: sources.contextual, lexical: sources.lexical,
      options: Self.settings(options, seed: context.seed),
      importance: importance(of: rows, sources.tokenizer))
    var notes: [String] = []
    let left = rows.count { $0.isLeftAlone }
    if left > 0 {
      notes.append(
        "\(left) of \(rows.count) rows are left as they are: their texts do not give the tokens that "
          + "they are stored with")
    }
    for note in notes { context.note(note) }
    let heldOut = HeldOutTexts(splits, apart: task.readsPairsApart)
    var collector = RewriteCollector(
      original, hasPairs: description.hasPairs, rewriting, heldOut)
    var shards = try AugmentationShards(
      context, key: "\(Self.kind) \(Self.revision)", rows: rows.count,
      rowsPerShard: rowsPerShard, hasPairs: description.hasPairs)
    if let remark = shards.remark { context.note(remark) }
    var progress = shards.progress
    let numerics = compute.numerics
    try Numerics.check(
      saved: progress.rows > 0 ? progress.numerics : nil, current: numerics, context: context)
    progress.numerics = numerics
    try shards.readBlocks { collector.add($0) }
    while progress.rows < rows.count {
      if context.isInterrupted() { throw StageInterruption(step: nil) }
      let slice = rows[progress.rows..<min(progress.rows + rowsPerShard, rows.count)]
      var augmented = try augmenter.augment(rows: slice, startingAt: progress.rows)
      if let filter {
        let count = augmented.rows.count
        augmented.rows = try filter.kept(augmented.rows, of: original, rewriting)
        progress.otherAnswers = (progress.otherAnswers ?? 0) + count - augmented.rows.count
      }
      progress.rows = slice.endIndex
      progress.statistics += augmented.statistics
      collector.add(augmented.rows)
      // The last block is followed by the artifact.
      if progress.rows < rows.count { try shards.append(augmented.rows, progress) }
      context.events(
        .progress(stage: context.stage, done: slice.endIndex, total: rows.count, unit: "rows"))
    }
    let statistics = progress.statistics
    if !original.answers.values.isEmpty {
      notes.append(
        "\(collector.split.texts.count - rows.count) rewrites carry no teacher's answers, as no teacher "
          + "has seen them")
      notes.last.map(context.note)
    }
    if collector.unfit > 0 {
      notes.append(
        "\(collector.unfit) rewrites were dropped: they are longer than max_seq_length, "
          + "\(description.maxSequenceLength)")
      notes.last.map(context.note)
    }
    if let count = progress.otherAnswers, count > 0 {
      notes.append(
        "\(count) rewrites were dropped: the teacher answers them otherwise than their rows")
      notes.last.map(context.note)
    }
    var further: [(String, Double)] = []
    if let text {
      try text.forEach(context) { collector.add($0, pair: $1, $2, $3) }
      notes.append(
        text.remark
          + (original.answers.values.isEmpty
            ? "" : "; the dataset's answers are none of theirs: give prediction the teacher"))
      notes.last.map(context.note)
      further.append(("corpus_rows", Double(text.count)))
    }
    splits["train"] = collector.split
    let quality = CandidateQuality(
      statistics, augmenter, rows, candidates: options.integer("candidates"))
    if let warning = quality?.warning {
      notes.append(warning)
      context.note(warning)
    }
    let digests = try DatasetArtifact.write(
      to: context.output("dataset"), description, splits: splits, inputs: context.inputDigests)
    let metrics = [
      ("rows", Double(rows.count)), ("augmented_rows", Double(collector.split.texts.count)),
      ("eligible_words", Double(statistics.eligibleWords)),
      ("words_without_candidates", Double(statistics.wordsWithoutCandidates)),
      ("duplicates_dropped", Double(statistics.duplicates)),
      ("held_out_dropped", Double(collector.dropped)),
    ]
    if let count = progress.otherAnswers {
      further.append(("other_answers_dropped", Double(count)))
    }
    if let quality {
      further.append(("recovered_share", quality.share))
      further.append(("recovered_share_of_frequent_words", quality.listShare))
    }
    return StageResult(
      metrics: metrics + further, notes: notes,
      outputs: ["dataset": digests.outputDigests])
  }

  /// How rows are rewritten, from validated values.
  package static func settings(_ options: OptionValues, seed: UInt64) -> AugmentationOptions {
    var settings = AugmentationOptions()
    settings.rewrites = options.integer("rewrites")
    settings.replacementProbability = options.real("replacement_probability")
    settings.protectedWords = Set(options.texts("protected_words"))
    if options.optionalText("stop_words") == "tinybert" { settings.stopWords = StopWords.tinybert }
    settings.leaksFirstTexts = options.optionalText("aug_pair") == "leak"
    settings.seed = seed
    return settings
  }

  /// How much single words say, where that decides which of them are replaced.
  func importance(of rows: [AugmentationRow], _ tokenizer: Tokenizer) -> WordImportance? {
    options.optionalText("word_choice") == "importance"
      ? WordImportance(of: rows, tokenizer) : nil
  }

  /// A masked-language model as a source of candidates, which throws `StageInterruption` when asked
  /// to stop.
  ///
  /// - Throws: `ArtifactError` where the model has no such head, and what is wrong with its file.
  package static func candidates(
    of source: ModelSource, options: OptionValues, on compute: ComputeContext,
    isInterrupted: @escaping () -> Bool = { false }, note: (LoadedModel) -> Void = { _ in }
  ) throws -> MaskedLanguageCandidates {
    guard source.head == .maskedLanguage else {
      throw noLanguageHead(source.path, but: source.foreignHead)
    }
    let loaded = try source.loadWhole()
    note(loaded)
    return try MaskedLanguageCandidates(
      model: loaded.model, weights: loaded.weights, tokenizer: source.tokenizer,
      candidates: options.integer("candidates"),
      floor: options.optionalReal("candidate_floor") ?? 0,
      context: options.text("mlm_context") == "original" ? .original : .masked,
      maskedShare: options.real("masked_share"), maxTokens: options.integer("max_tokens"),
      on: compute, beforeBatch: { if isInterrupted() { throw StageInterruption(step: nil) } })
  }

  static func noTrainingSplit(_ path: String) -> ArtifactError {
    ArtifactError.badData(path, "no training split", cure: "give it one: distill dataset")
  }

  static func noLanguageHead(_ path: String, but other: String? = nil) -> ArtifactError {
    ArtifactError.badData(
      path,
      other.map { "it is \($0), of which this version reads the encoder alone" }
        ?? "the model has no masked-language head",
      cure: "train one: distill finetune --objective masked-language")
  }

  static let oneOfTheVectors = StageError.usage(
    "--embedding-model", "given beside --word-vectors", cure: "leave one of them out")

  /// The first model to take candidates from.
  ///
  /// - Throws: `StageError` where there is none.
  static func source<Model>(_ language: Model?, _ table: Model?) throws -> Model {
    if let model = language ?? table { return model }
    throw StageError.usage(
      "--masked-language-model", "no model to take candidates from",
      cure: "name a masked-language model, or a model whose embedding table serves as vectors: "
        + "--embedding-model")
  }

  /// The models and files that candidates come from.
  private struct Sources {
    let tokenizer: Tokenizer
    let configuration: ModelConfiguration
    let contextual: (any CandidateSource)?
    let lexical: (any CandidateSource)?

    init(_ context: StageContext, options: OptionValues, on compute: ComputeContext) throws {
      let count = options.integer("candidates")
      let language = try context.input("masked_language_model").map { try ModelSource($0.path) }
      let table = try context.input("embedding_model").map { try ModelSource($0.path) }
      let source = try AugmentStage.source(language, table)
      (tokenizer, configuration) = (source.tokenizer, source.configuration)
      contextual = try language.map {
        try AugmentStage.candidates(
          of: $0, options: options, on: compute, isInterrupted: context.isInterrupted,
          note: context.note)
      }
      if let vectors = context.input("word_vectors") {
        lexical = WordVectorCandidates(
          try WordVectors.read(vectors.path, limit: options.integer("word_vector_limit")),
          candidates: count, on: compute)
      } else if let table {
        let loaded = try table.loadEncoder()
        context.note(loaded)
        lexical = try EmbeddingTableCandidates(
          wordEmbeddings: loaded.weights[loaded.model.wordEmbeddings],
          tokenizer: table.tokenizer, candidates: count, on: compute)
      } else {
        lexical = nil
      }
    }
  }
}
