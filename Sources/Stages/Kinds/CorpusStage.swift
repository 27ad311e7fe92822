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
  package static let revision = 3
  package static let summary = "turn raw text into token sequences"
  package static let inputs = [
    Port(
      "text", kinds: ["file"], allowsMany: true,
      help:
        "text, one sentence a line and a blank line between documents; or tsv, csv, jsonl, conll, SQuAD's json"
    ),
    Port("tokenizer", kinds: ["folder", "model"], help: "model whose tokenizer is used"),
  ]
  package static let outputs = [Port("corpus", kinds: ["corpus"], help: "the sequences")]
  package static let fields = [
    TinyBERTPreset.field(of: kind),
    OptionField(
      "max_seq_length", .integer(3...100_000), default: .integer(128),
      help: "longest sequence, special tokens included"),
    OptionField(
      "mode", .choice(CorpusChunker.Mode.allCases.map(\.rawValue)), default: .text("sentences"),
      help: "a sequence is one sentence, or consecutive ones packed up to the limit"),
    OptionField(
      "long_sentences", .choice(CorpusChunker.LongSentences.allCases.map(\.rawValue)),
      default: .text("split"), help: "what becomes of a sentence beyond the limit"),
    OptionField(
      "text_column", .text, default: nil, help: "column of the text in files with columns"),
    OptionField(
      "layout", .choice(CorpusText.Layout.allCases.map(\.rawValue)), default: .text("lines"),
      help: "what a text file is: a sentence a line, or WikiText as it comes (headings left out, "
        + "@-@ joined)"),
    ReadingFields.columns, ReadingFields.format, QuotingField.field,
    ReadingFields.limit(
      "sentences that are taken: the first so many, or the first share (10%) of every file"),
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
  }

  /// What makes the sequences.
  func chunker(_ tokenizer: Tokenizer) -> CorpusChunker {
    CorpusChunker(
      tokenizer, maxSeqLength: options.integer("max_seq_length"),
      mode: CorpusChunker.Mode(rawValue: options.text("mode")) ?? .sentences,
      longSentences: CorpusChunker.LongSentences(rawValue: options.text("long_sentences")) ?? .split
    )
  }

  package func run(_ context: StageContext) throws -> StageResult {
    var tokenizer = try ModelSource.tokenizer(of: context.required("tokenizer"))
    tokenizer.splitsSpecialTokens = options.boolean("split_special_tokens")
    let files = (context.inputs["text"] ?? []).map(\.path)
    var chunker = chunker(tokenizer)
    let columns = try NamedColumns(options, files: files.map { ("text", $0) })
    let text = try CorpusText(
      options, unknownToken: tokenizer.settings.specialTokens.unknown, columns: columns)
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
      var end: Int64 = 0
      let write = { (sequence: [Int32]) in
        end += Int64(sequence.count)
        try ids.append(sequence)
        try offsets.append([end])
      }
      try shards.readSequences { sequence in
        try stopIfAsked()
        try write(sequence)
      }
      for (index, file) in files.enumerated().dropFirst(start.file) {
        let reader = try text.reader(file, limit: amounts[index].taken)
        var progress = CorpusProgress(file: index)
        let known = index == start.file ? start.batches : 0
        while progress.batches < known {
          try stopIfAsked()
          guard try reader.next() != nil else {
            throw CorpusShards.misfit(
              context.checkpointFolder, "a shard was made of more text than \(file) has")
          }
          progress.batches += 1
        }
        try chunker.read(reader, threads: context.threads) { sequence in
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
        context.events(
          .progress(stage: context.stage, done: index + 1, total: files.count, unit: "files"))
      }
      guard chunker.counts.sequences > 0 else {
        throw ArtifactError.badData(
          files.joined(separator: ", "), "no text in it", cure: "give at least one sentence")
      }
    }
    for note in notes { context.note(note) }
    let counts = chunker.counts
    let read = amounts.compactMap(\.total)
    return StageResult(
      metrics: [
        ("sentences", Double(counts.sentences)), ("sequences", Double(counts.sequences)),
        ("tokens", Double(counts.tokens)), ("long_sentences", Double(counts.longSentences)),
        ("truncated_tokens", Double(counts.truncatedTokens)),
      ] + (read.isEmpty ? [] : [("sentences_there", Double(read.reduce(0, +)))]),
      notes: notes, outputs: ["corpus": digests.outputDigests])
  }
}
