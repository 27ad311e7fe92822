import Artifacts
import Files
import HDF5
package import Pipelines
import Text

/// Turns raw text into token sequences, for general distillation and masked language modelling.
///
/// The text is read line by line, tokenised by several threads, and the ids are appended to the
/// artifact in the order of the lines, so memory does not grow with it. They go to shards at the same
/// time: when the work is taken up again, the artifact is begun anew from those, and the text they
/// hold is read over but not tokenised.
package struct CorpusStage: Stage {
  package static let kind = "corpus"
  package static let revision = 4
  package static let summary = "turn raw text into token sequences"
  package static let inputs = [
    Port(
      "text", kinds: ["file"], allowsMany: true,
      help:
        "text, one sentence a line and a blank line between documents; or tsv, csv, jsonl, conll, SQuAD's json"
    ),
    Port("tokenizer", kinds: ["folder", "model"], help: "model whose tokenizer is used"),
    Port(
      "exclude", kinds: ["file", "dataset"], isOptional: true, allowsMany: true,
      help:
        "texts of tests, in files or a dataset's held-out rows: sentences that overlap are left out"
    ),
  ]
  package static let outputs = [Port("corpus", kinds: ["corpus"], help: "the sequences")]
  package static let fields = reading + CorpusFields.pairs + CorpusFields.cleaning
  private static let skipping = "skip_malformed_rows"
  private static let reading = [
    TinyBERTPreset.field(of: kind),
    OptionField(
      "max_seq_length", .integer(3...100_000), default: .integer(128),
      help: "longest sequence, special tokens included"),
    OptionField(
      "mode", .choice(CorpusChunker.Mode.allCases.map(\.rawValue)), default: .text("sentences"),
      help:
        "a sequence is one sentence, consecutive ones packed up to the limit, a pair of texts in "
        + "two segments, or each of these"),
    OptionField(
      "long_sentences", .choice(CorpusChunker.LongSentences.allCases.map(\.rawValue)),
      default: .text("split"), help: "what becomes of a sentence beyond the limit"),
    OptionField(
      "text_column", .text, default: nil, help: "column of the text in files with columns"),
    OptionField(
      "pair_column", .text, default: nil,
      help: "column of a row's second text, which is a sentence of its own"),
    OptionField(
      "layout", .choice(CorpusText.Layout.allCases.map(\.rawValue)), default: .text("lines"),
      help: "what a text file is: a sentence a line, or WikiText as it comes (headings left out, "
        + "@-@ joined)"),
    ReadingFields.columns, ReadingFields.format, QuotingField.field,
    ReadingFields.limit(
      "sentences that are taken: the first so many, or the first share (10%) of every file"),
    OptionField(
      skipping, .boolean, default: .boolean(false),
      help: "leave out, and count, rows with too many or too few columns"),
    OptionField(
      "split_special_tokens", .boolean, default: .boolean(false),
      help: "split special tokens written in the text (untrusted text)"),
  ]

  let options: OptionValues
  let limit: RowAmount?
  /// Ids that a shard holds at least: a fraction of a second's work, and 2 MB of memory.
  var idsPerShard = 1 << 19

  package init(_ options: OptionValues) throws {
    self.options = options
    limit = try ReadingFields.limit(options)
    _ = try CorpusText(options, unknownToken: "")
    try CorpusFields.validate(options)
  }

  /// Whether rows with too many or too few columns are left out.
  var skipsMalformedRows: Bool { options.boolean(Self.skipping) }

  /// What makes the sequences.
  func chunker(_ tokenizer: Tokenizer, seed: UInt64) -> CorpusChunker {
    CorpusChunker(
      tokenizer, maxSeqLength: options.integer("max_seq_length"), mode: CorpusFields.mode(options),
      longSentences: CorpusChunker.LongSentences(rawValue: options.text("long_sentences"))
        ?? .split,
      mixing: CorpusFields.mixing(options, seed: seed))
  }

  package func run(_ context: StageContext) throws -> StageResult {
    var tokenizer = try ModelSource.tokenizer(of: context.required("tokenizer"))
    tokenizer.splitsSpecialTokens = options.boolean("split_special_tokens")
    let files = (context.inputs["text"] ?? []).map(\.path)
    let excluded = (context.inputs["exclude"] ?? []).map(\.path)
    var chunker = chunker(tokenizer, seed: context.seed)
    let columns = try Self.columns(options, files, excluded)
    let text = try CorpusText(
      options, unknownToken: tokenizer.settings.specialTokens.unknown, columns: columns,
      skipsMalformedRows: skipsMalformedRows)
    var cleaning = try LongReading.asking(context.stopIfAsked) {
      try CorpusCleaning(options, excluded: excluded, text)
    }
    let amounts = try LongReading.asking(context.stopIfAsked) { try text.amounts(limit, of: files) }
    var notes = columns.notes + text.remarks(limit, amounts, files)
    let description = CorpusDescription(
      tokenizerDigest: tokenizer.digest.hexadecimal,
      maxSequenceLength: options.integer("max_seq_length"))
    var shards = try CorpusShards(
      context, key: "\(Self.kind) \(Self.revision)", files: files.count, chunker: chunker,
      vocabularySize: tokenizer.vocabularySize, idsPerShard: idsPerShard)
    if let remark = shards.remark { context.note(remark) }
    let start = shards.progress
    chunker.state = start.chunker
    let stopIfAsked = { if context.isInterrupted() { throw StageInterruption(step: nil) } }
    let digests = try ArtifactWriter.write(
      to: context.output("corpus"), kind: CorpusArtifact.kind,
      configuration: try CanonicalJSON.encode(description),
      inputs: try CanonicalJSON.encode(context.inputDigests), createdBy: ProgramVersion.createdBy
    ) { body in
      let ids = try body.appendable("ids", .int32)
      let offsets = try body.appendable("offsets", .int64)
      try offsets.append([Int64(0)])
      let second = chunker.pairCounts == nil ? nil : try body.appendable("second", .int32)
      var end: Int64 = 0
      let write = { (sequence: CorpusSequence) in
        end += Int64(sequence.count)
        try ids.append(sequence.ids)
        try offsets.append([end])
        try second?.append([Int32(sequence.secondSegmentStart)])
      }
      try shards.readSequences { sequence in
        try stopIfAsked()
        try write(sequence)
      }
      // What was there before decides what is left out of the rest.
      let first = cleaning.filter.isNeeded ? 0 : start.file
      for (index, file) in files.enumerated().dropFirst(first) {
        let reader = try text.reader(file, limit: amounts[index].taken)
        var progress = CorpusProgress(file: index)
        let known = index < start.file ? .max : index == start.file ? start.batches : 0
        while progress.batches < known {
          try stopIfAsked()
          guard let batch = try reader.next() else {
            if index < start.file { break }
            throw CorpusShards.misfit(
              context.checkpointFolder, "a shard was made of more text than \(file) has")
          }
          _ = cleaning.filter.kept(of: batch)
          progress.batches += 1
        }
        if index < start.file { continue }
        let next = { try reader.next().map { cleaning.filter.kept(of: $0) } }
        try chunker.read(next, threads: context.threads) { sequence in
          try write(sequence)
          shards.append(sequence)
        } batch: { state in
          progress.batches += 1
          progress.chunker = state
          let isInterrupted = context.isInterrupted()
          try shards.finishBatch(progress, isLast: isInterrupted)
          if isInterrupted { throw StageInterruption(step: nil) }
        }
        notes += reader.remarks
        if reader.skippedRows > 0 {
          notes.append(
            "\(file): \(reader.skippedRows.grouped) rows with too many or too few columns are left out"
          )
        }
        context.events(
          .progress(stage: context.stage, done: index + 1, total: files.count, unit: "files"))
      }
      guard chunker.counts.sequences > 0 else {
        throw ArtifactError.badData(
          files.joined(separator: ", "),
          cleaning.filter.isNeeded ? "no text in it, or all was left out" : "no text in it",
          cure: "give at least one sentence"
            + (cleaning.filter.isNeeded ? ", and see what the options leave out" : ""))
      }
    }
    notes += cleaning.notes + pairNotes(chunker)
    for note in notes { context.note(note) }
    let counts = chunker.counts
    let read = amounts.compactMap(\.total)
    return StageResult(
      metrics: [
        ("sentences", Double(counts.sentences)), ("sequences", Double(counts.sequences)),
        ("tokens", Double(counts.tokens)), ("long_sentences", Double(counts.longSentences)),
        ("truncated_tokens", Double(counts.truncatedTokens)),
      ] + (chunker.pairCounts.map { Self.metrics(of: $0) } ?? []) + cleaning.metrics
        + (read.isEmpty ? [] : [("sentences_there", Double(read.reduce(0, +)))]),
      notes: notes, outputs: ["corpus": digests.outputDigests])
  }

  /// The columns that options name in the text and in what is held out.
  static func columns(
    _ options: OptionValues, _ files: [String], _ excluded: [String]
  ) throws -> NamedColumns {
    let rows = excluded.filter { (try? ArtifactProbes.isArtifact($0)) != true }
    return try NamedColumns(
      options, files: files.map { ("text", $0) } + rows.map { ("exclude", $0) })
  }

  private static func metrics(of counts: CorpusChunker.PairCounts) -> [(String, Double)] {
    [
      ("pairs", Double(counts.pairs)), ("pairs_of_two_documents", Double(counts.otherPairs)),
      ("cut_tokens", Double(counts.cutTokens)),
    ]
  }

  /// What the user should know of pairs, a line each.
  private func pairNotes(_ chunker: CorpusChunker) -> [String] {
    guard let counts = chunker.pairCounts else { return [] }
    var notes: [String] = []
    if counts.unpaired > 0 {
      notes.append(
        counts.unpaired == 1
          ? "1 sentence found no second text and stays single"
          : "\(counts.unpaired.grouped) sentences found no second text and stay single")
    }
    if counts.pairs > 0, counts.otherPairs == 0,
      CorpusFields.mixing(options, seed: 0).otherShare > 0
    {
      notes.append(
        "no second text is of another document: a blank line, or a row, ends a document, and there is "
          + (chunker.counts.documents == 1 ? "one only" : "none to choose from"))
    }
    return notes
  }
}
