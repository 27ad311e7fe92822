import Artifacts
import Files
package import Pipelines
import Tasks
import Text
import Training

/// Reads labelled rows and tokenises them once, for all stages that train and score.
package struct DatasetStage: Stage {
  package static let kind = "dataset"
  package static let revision = 6
  package static let summary =
    "read labelled rows (tsv, csv, jsonl, conll) or text, and tokenise them"
  package static let inputs = [
    Port(
      "train", kinds: ["file", "folder"],
      help: "training rows; a transfer set needs no labels; with glue also the folder of its files"),
    Port("dev", kinds: ["file"], isOptional: true, help: "development rows"),
    Port("test", kinds: ["file"], isOptional: true, help: "test rows"),
    Port("tokenizer", kinds: ["folder", "model"], help: "model whose tokenizer is used"),
  ]
  package static let outputs = [Port("dataset", kinds: ["dataset"], help: "the tokenised rows")]
  package static let fields = [
    OptionField(
      "task", .choice(TaskTable.ofRows.map(\.name)), default: .text(TaskTable.ofRows[0].name),
      help: "what the rows are for"),
    OptionField(
      "max_seq_length", .integer(3...100_000), default: nil,
      help:
        "longest row, special tokens included (128; question-answering 384), at most what the model "
        + "reads; longer ones are cut, the longer text first, or into windows"),
    OptionField(
      "doc_stride", .integer(0...100_000), default: nil,
      help:
        "tokens that a window of a long text repeats of the one before (question-answering: 128)"
    ),
    OptionField(
      "glue", .choice(GlueTask.allCases.map(\.rawValue)), default: nil,
      help: "the files have the layout of this GLUE task; sts-b is a regression"),
    OptionField(
      "labels", .texts, default: nil,
      help: "names of the classes in order; those of the training rows, sorted, by default"),
    formatField,
    OptionField(
      "text_column", .text, default: nil,
      help: "column of the text (sentence, text or sentence1); of conll its number, from 1"),
    OptionField("pair_column", .text, default: nil, help: "column of the second text (sentence2)"),
    OptionField(
      "label_column", .text, default: nil,
      help: "column of the label (label; the last of conll)"),
    tagSchemeField,
    OptionField(
      "label_separator", .text, default: nil,
      help: "what stands between the labels of a row (multi-label; a comma)"),
    OptionField(
      "label_columns", .texts, default: nil,
      help: "columns of 0 and 1, a label each, in place of label_column (multi-label)"),
    OptionField(
      "allow_missing_labels", .boolean, default: .boolean(false),
      help: "take files in which some rows have a label and others none"),
    AnswersField.field, TeacherColumn.field, ReadingFields.layout, ReadingFields.columns,
    QuotingField.field,
    ReadingFields.limit(
      "training rows that are taken, drawn by the seed: a number, or a share such as 10%"),
    OptionField(
      "skip_malformed_rows", .boolean, default: .boolean(false),
      help:
        "leave out, and count, rows with too many or too few columns, questions whose answer stands "
        + "nowhere"),
    OptionField(
      "skip_unlabelled_rows", .boolean, default: .boolean(false),
      help: "leave out, and count, rows with neither a label nor a teacher's answer; held-out ones "
        + "where others of their file have a label"),
    OptionField(
      "split_special_tokens", .boolean, default: .boolean(false),
      help: "split special tokens written in the text (untrusted text)"),
  ]

  let options: OptionValues
  let task: any RowTask
  let glue: GlueTask?
  let columnNames: [String]
  let limit: RowAmount?
  let answerKinds: [TeacherAnswer.Kind]
  let lengths: SequenceLengths

  package init(_ options: OptionValues) throws {
    self.options = options
    glue = options.optionalText("glue").flatMap(GlueTask.init(rawValue:))
    task = try Self.task(options, glue)
    columnNames = try ReadingFields.columns(options)
    limit = try ReadingFields.limit(options)
    if glue != nil, !columnNames.isEmpty {
      throw StageError.usage(
        "columns", "given beside glue, which fixes the columns", cure: "leave one of them out")
    }
    answerKinds = try AnswersField.kinds(options, of: task, glue: glue)
    let columns = ["text_column", "pair_column", "label_column", "label_columns"]
    try TeacherColumn.check(options, for: task, glue: glue)
    if glue != nil, let column = columns.first(where: { options[$0] != .null }) {
      throw StageError.usage(
        column, "given beside glue, which fixes the columns", cure: "leave one of them out")
    }
    lengths = try AnswerFields.lengths(
      options.optionalInteger("max_seq_length"), overlap: options.optionalInteger("doc_stride"),
      for: task)
    try checkWords()
    try checkText()
    if options.optionalText("pair_column") != nil, options.optionalText("text_column") == nil {
      throw StageError.usage(
        "pair_column", "given without text_column", cure: "name the first text's column too")
    }
    let fixed = columns + ["columns", "quoting"]
    if task.answersAreInText, let name = fixed.first(where: { options[$0] != .null }) {
      throw StageError.usage(
        name, "given for \(task.name), whose files have keys of their own",
        cure: "leave the option out")
    }
    if !task.answersAreInText, options.optionalText("format") == "json" {
      throw StageError.usage(
        "format", "json is SQuAD's document of questions, and the rows are for \(task.name)",
        cure: "give jsonl for an object a line, or --task question-answering")
    }
    if task.answersAreInText, let format = options.optionalText("format"),
      !["json", "jsonl"].contains(format)
    {
      throw StageError.usage(
        "format", "\(format) holds no questions", cure: "give json or jsonl")
    }
    try checkSeveralLabels()
    try checkSkippedRows()
  }

  /// Whether files of questions are read.
  package static func readsQuestions(_ options: OptionValues) -> Bool {
    TaskTable.ofRows(named: options.text("task"))?.answersAreInText == true
  }

  /// Whether rows with these options are not learnt from without a teacher.
  package static func isTaught(_ options: OptionValues) -> Bool {
    TaskTable.ofRows(named: options.text("task"))?.learnsFromAnswers == false
  }

  /// The task that is named, or that of the benchmark's rows.
  private static func task(_ options: OptionValues, _ glue: GlueTask?) throws -> any RowTask {
    let named = TaskTable.ofRows(named: options.text("task")) ?? TaskTable.ofRows[0]
    guard let glue else { return named }
    // Scored pairs measure vectors too.
    if glue.labels == nil, named.readsPairsApart { return named }
    let own: any RowTask = glue.labels == nil ? RegressionTask() : ClassificationTask()
    guard [own.name, TaskTable.ofRows[0].name].contains(named.name) else {
      throw StageError.usage(
        "task", "the rows of \(glue.rawValue) are for \(own.name), not for \(named.name)",
        cure: "leave task out")
    }
    return own
  }

  private func checkSeveralLabels() throws {
    let separator = options.optionalText("label_separator")
    let columns = options.texts("label_columns")
    let given = [
      ("label_separator", separator != nil), ("label_columns", options["label_columns"] != .null),
    ]
    guard let first = given.first(where: \.1)?.0 else { return }
    guard task.takesSeveralLabels else {
      throw StageError.usage(
        first, "rows of the task \(task.name) have one label",
        cure: "leave it out, or give --task \(MultiLabelTask().name)")
    }
    guard separator != "" else {
      throw StageError.usage(
        "label_separator", "it is empty", cure: "name what stands between two labels")
    }
    let others = ["label_separator", "label_column", "labels"]
    if !columns.isEmpty, let other = others.first(where: { options[$0] != .null }) {
      throw StageError.usage(
        other, "given beside label_columns, which are the labels", cure: "leave one of them out")
    }
  }

  /// The names of the outputs that the options say; empty where they say none.
  var namedLabels: [String] {
    let given = options.texts("labels") + options.texts("label_columns")
    return given.isEmpty ? glue?.labels ?? [] : given
  }

  package func run(_ context: StageContext) throws -> StageResult {
    try Self.countingObjects(of: context.inputs.values.compactMap { $0.first?.path }) {
      try result(context)
    }
  }

  private func result(_ context: StageContext) throws -> StageResult {
    var tokenizer = try ModelSource.tokenizer(of: context.required("tokenizer"))
    tokenizer.splitsSpecialTokens = options.boolean("split_special_tokens")
    let task = try task(seed: context.seed, tokenizer)
    let tokenLimit = tokenizer.settings.modelMaxLength
    let lengths = try boundedLengths(by: tokenLimit)
    let cut = (lengths.longest < self.lengths.longest ? tokenLimit : nil).map {
      "the model reads \($0) tokens at most, as its tokenizer says: rows are cut to that, not to "
        + "\(self.lengths.longest)"
    }
    let stopIfAsked = { if context.isInterrupted() { throw StageInterruption(step: nil) } }
    let (read, labels) = try read(
      context.inputs.compactMapValues { $0.first?.path }, seed: context.seed,
      unknownToken: tokenizer.settings.specialTokens.unknown, stopIfAsked: stopIfAsked)
    let maker = SplitMaker(
      task: task, labels: labels, areNamed: !namedLabels.isEmpty,
      hasPairs: try read.hasPairs(for: task),
      allowsMissing: options.boolean("allow_missing_labels"), tokenizer: tokenizer,
      lengths: lengths, threads: context.threads, eachBatch: stopIfAsked)
    let made = try make(read.files, with: maker)
    if !made.contains(where: \.made.hasAnswers), let kind = answerKinds.first,
      options.text("teacher_answers") != "auto"
    {
      throw ArtifactError.badData(
        read.train?.path ?? "train", "no row has a teacher's answer under '\(kind.rawValue)'",
        cure: "add it, or leave --teacher-answers out")
    }
    let splits = Dictionary(
      made.map { ($0.split, $0.made.split) }, uniquingKeysWith: { first, _ in first })
    let leaked = heldOutToo(splits)
    let notes =
      (cut.map { [$0] } ?? []) + read.notes + noLabelRemark(labels, of: read.rowsOfLabels)
      + made.flatMap(\.made.notes)
      + (leaked > 0 ? ["\(leaked) training rows stand in a held-out split too"] : [])
    for note in notes { context.note(note) }
    let description = DatasetDescription(
      task: task, labels: labels, tokenizerDigest: tokenizer.digest.hexadecimal,
      maxSequenceLength: lengths.longest, hasPairs: maker.hasPairs)
    let digests = try DatasetArtifact.write(
      to: context.output("dataset"), description, splits: splits, inputs: context.inputDigests)
    let windows = made.filter { $0.made.split.sheet != nil }
      .map { ("\($0.split)_windows", Double($0.made.split.rows.count)) }
    return StageResult(
      metrics: read.counts + windows + [
        ("labels", Double(labels.count)),
        ("truncated_rows", Double(made.reduce(0) { $0 + $1.made.truncatedRows })),
        ("skipped_rows", Double(read.skippedRows)), ("train_rows_held_out_too", Double(leaked)),
      ],
      notes: notes, outputs: ["dataset": digests.outputDigests])
  }

  /// The lengths of sequences: those that are asked for, within what the model reads.
  ///
  /// - Parameter limit: The most tokens that its tokenizer says it reads; nil where that says nothing.
  /// - Returns: The lengths.
  /// - Throws: `StageError` where windows of that length lead nowhere.
  func boundedLengths(by limit: Int?) throws -> SequenceLengths {
    guard let limit, limit < lengths.longest else { return lengths }
    return try AnswerFields.lengths(
      limit, overlap: options.optionalInteger("doc_stride"), for: task)
  }

  /// The number of training rows that are development or test rows too: allowed, since published data
  /// has them, but said.
  private func heldOutToo(_ splits: [String: DatasetSplit]) -> Int {
    guard let train = splits["train"] else { return 0 }
    let heldOut = HeldOutTexts(splits, apart: task.readsPairsApart)
    return train.texts.indices.count {
      heldOut.contains(train.texts[$0], train.pairs.isEmpty ? nil : train.pairs[$0])
    }
  }
}
