import Artifacts
import Files
package import Pipelines
import Tasks
import Text
import Training

/// Reads labelled rows and tokenises them once, for all stages that train and score.
package struct DatasetStage: Stage {
  package static let kind = "dataset"
  package static let revision = 3
  package static let summary = "read labelled rows (tsv, csv, jsonl) and tokenise them"
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
      "max_seq_length", .integer(3...100_000), default: .integer(128),
      help: "longest row, special tokens included; longer ones are cut, the longer text first"),
    OptionField(
      "glue", .choice(GlueTask.allCases.filter { $0.labels != nil }.map(\.rawValue)), default: nil,
      help: "the files have the layout of this GLUE task"),
    OptionField(
      "labels", .texts, default: nil,
      help: "names of the classes in order; those of the training rows, sorted, by default"),
    OptionField(
      "text_column", .text, default: nil, help: "column of the text (sentence, or sentence1)"),
    OptionField("pair_column", .text, default: nil, help: "column of the second text (sentence2)"),
    OptionField("label_column", .text, default: nil, help: "column of the label (label)"),
    OptionField(
      "allow_missing_labels", .boolean, default: .boolean(false),
      help: "take files in which some rows have a label and others none"),
    ReadingFields.columns, ReadingFields.format, QuotingField.field,
    ReadingFields.limit(
      "training rows that are taken, drawn by the seed: a number, or a share such as 10%"),
    OptionField(
      "skip_malformed_rows", .boolean, default: .boolean(false),
      help: "leave out, and count, rows with too many or too few columns"),
    OptionField(
      "split_special_tokens", .boolean, default: .boolean(false),
      help: "split special tokens written in the text (untrusted text)"),
  ]

  let options: OptionValues
  let task: any RowTask
  let glue: GlueTask?
  let columnNames: [String]
  let limit: RowAmount?

  package init(_ options: OptionValues) throws {
    self.options = options
    task = TaskTable.ofRows(named: options.text("task")) ?? TaskTable.ofRows[0]
    glue = options.optionalText("glue").flatMap(GlueTask.init(rawValue:))
    columnNames = try ReadingFields.columns(options)
    limit = try ReadingFields.limit(options)
    if glue != nil, !columnNames.isEmpty {
      throw StageError.usage(
        "columns", "given beside glue, which fixes the columns", cure: "leave one of them out")
    }
    let columns = ["text_column", "pair_column", "label_column"]
    if glue != nil, let column = columns.first(where: { options.optionalText($0) != nil }) {
      throw StageError.usage(
        column, "given beside glue, which fixes the columns", cure: "leave one of them out")
    }
    if options.optionalText("pair_column") != nil, options.optionalText("text_column") == nil {
      throw StageError.usage(
        "pair_column", "given without text_column", cure: "name the first text's column too")
    }
  }

  package func run(_ context: StageContext) throws -> StageResult {
    var tokenizer = try ModelSource.tokenizer(of: context.required("tokenizer"))
    tokenizer.splitsSpecialTokens = options.boolean("split_special_tokens")
    let length = options.integer("max_seq_length")
    var files: [(split: String, path: String, rows: [LabelledRow])] = []
    var skipped = 0
    var notes: [String] = []
    let stopIfAsked = { if context.isInterrupted() { throw StageInterruption(step: nil) } }
    var others: [LabelledRow] = []
    var rowsRead: [(String, Double)] = []
    let given = context.inputs.compactMapValues { $0.first?.path }
    for (split, path) in try SplitFiles.find(given, glue: glue) {
      let reader = try reader(path)
      var sample = RowSample(split == "train" ? limit : nil, seed: context.seed)
      try LongReading.asking(stopIfAsked) {
        try read(reader, into: &sample, eachRow: stopIfAsked)
      }
      let rows = sample.taken()
      files.append((split, path, rows))
      skipped += reader.skippedRows
      notes += reader.remarks
      guard let remark = sample.remark(of: path, taken: rows) else { continue }
      notes.append(remark)
      others = sample.answers(beside: rows)
      rowsRead = [("\(split)_rows_read", Double(sample.total))]
    }
    let train = files.first { $0.split == "train" }
    let named = options.texts("labels")
    let labels = try task.labels(
      named: named.isEmpty ? glue?.labels ?? [] : named, of: (train?.rows ?? []) + others,
      path: train?.path ?? "train")
    // All rows of a file have a second text or none has.
    let hasPairs = train?.rows.first?.pair != nil
    if let train, let other = files.first(where: { ($0.rows.first?.pair != nil) != hasPairs }) {
      throw ArtifactError.badData(
        other.path,
        "holds \(hasPairs ? "single texts" : "pairs of texts"), \(train.path) "
          + (hasPairs ? "pairs" : "single texts"),
        cure: "give all files the same columns")
    }
    var splits: [String: DatasetSplit] = [:]
    var truncated = 0
    for file in files {
      var split = DatasetSplit()
      let targets = try task.targets(
        of: file.rows, labels: labels, path: file.path,
        allowsMissing: options.boolean("allow_missing_labels"))
      notes += Self.remarks(on: targets, of: file.rows, labels: labels, path: file.path)
      let encoded = try encode(
        Array(zip(file.rows, targets)), tokenizer, length: length, threads: context.threads,
        eachBatch: stopIfAsked)
      for (row, examples) in zip(file.rows, encoded) {
        truncated += examples.contains { $0.encoding.truncatedCount > 0 } ? 1 : 0
        split.append(row.text, pair: hasPairs ? row.pair ?? "" : nil, examples)
      }
      splits[file.split] = split
    }
    let leaked = Self.heldOutToo(splits)
    if leaked > 0 { notes.append("\(leaked) training rows stand in a held-out split too") }
    for note in notes { context.note(note) }
    let description = DatasetDescription(
      task: task, labels: labels, tokenizerDigest: tokenizer.digest.hexadecimal,
      maxSequenceLength: length, hasPairs: hasPairs)
    let digests = try DatasetArtifact.write(
      to: context.output("dataset"), description, splits: splits, inputs: context.inputDigests)
    let counts = files.map { ("\($0.split)_rows", Double($0.rows.count)) } + rowsRead
    return StageResult(
      metrics: counts + [
        ("labels", Double(labels.count)), ("truncated_rows", Double(truncated)),
        ("skipped_rows", Double(skipped)), ("train_rows_held_out_too", Double(leaked)),
      ],
      notes: notes, outputs: ["dataset": digests.outputDigests])
  }

  /// The examples that each row becomes, in their order.
  private func encode(
    _ rows: [(LabelledRow, Target)], _ tokenizer: Tokenizer, length: Int, threads: Int,
    eachBatch: () throws -> Void
  ) rethrows -> [[RowExample]] {
    let task = task
    let work = OrderedWork(threads: threads) { (batch: ArraySlice<(LabelledRow, Target)>) in
      batch.map { row, target in
        task.examples(of: row, target: target, tokenizer: tokenizer, maxLength: length)
      }
    }
    var encodings: [[RowExample]] = []
    encodings.reserveCapacity(rows.count)
    for start in stride(from: 0, to: rows.count, by: 512) {
      try eachBatch()
      if work.isFull { encodings += work.take() ?? [] }
      work.give(rows[start..<min(start + 512, rows.count)])
    }
    while let batch = work.take() { encodings += batch }
    return encodings
  }

  func reader(_ path: String) throws -> RowReader {
    let quoting = QuotingField.quoting(options)
    var layout =
      glue.map { RowLayout(glue: $0, quoting: quoting) }
      ?? RowLayout(
        text: options.optionalText("text_column"), pair: options.optionalText("pair_column"),
        label: options.optionalText("label_column"), quoting: quoting)
    layout.columnNames = columnNames
    return try RowReader(
      path, format: ReadingFields.format(options), layout: layout,
      skipsMalformedRows: options.boolean("skip_malformed_rows"))
  }

  private func read(
    _ reader: RowReader, into sample: inout RowSample, eachRow: () throws -> Void
  ) throws {
    while let row = try reader.next() {
      try sample.see(row)
      try eachRow()
    }
    guard sample.total > 0 else {
      throw ArtifactError.badData(reader.path, "no rows in it", cure: "give at least one")
    }
  }

  /// What became of a file's labels, where that is not plain.
  private static func remarks(
    on targets: [Target], of rows: [LabelledRow], labels: [String], path: String
  ) -> [String] {
    var remarks: [String] = []
    let missing = targets.count { $0 == .none }
    if missing > 0 {
      remarks.append(
        "\(path): \(missing) of \(rows.count) rows have no label: they serve distillation, not "
          + "fine-tuning or scores")
    }
    let respelled = zip(rows, targets).filter { row, target in
      if case .label(let label) = target { row.label != labels[Int(label)] } else { false }
    }
    if let (row, target) = respelled.first, case .label(let label) = target {
      remarks.append(
        "\(path):\(row.line): \(respelled.count) labels are whole numbers written as fractions: "
          + "'\(row.label ?? "")' is '\(labels[Int(label)])'")
    }
    return remarks
  }

  /// The number of training rows that are development or test rows too: allowed, since published data
  /// has them, but said.
  private static func heldOutToo(_ splits: [String: DatasetSplit]) -> Int {
    guard let train = splits["train"] else { return 0 }
    let heldOut = HeldOutTexts(splits)
    return train.texts.indices.count {
      heldOut.contains(train.texts[$0], train.pairs.isEmpty ? nil : train.pairs[$0])
    }
  }
}
