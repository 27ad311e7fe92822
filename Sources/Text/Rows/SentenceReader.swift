internal import Files

/// Consecutive sentences of a file, and where documents end among them.
public struct SentenceBatch: Sendable, Hashable {
  /// The sentences.
  public var sentences: [String] = []
  /// For each document that ends here, how many of the sentences come before its end; rising.
  public var documentEnds: [Int] = []

  /// A batch without sentences.
  public init() {}
}

/// Reads a file of raw text as batches of sentences, in constant memory.
///
/// In a text file a line is a sentence and a blank line ends a document; in WikiText the title of the
/// next article does. In files with columns each row is a document, its texts the sentences, in those of
/// words and tags the words with a space between them; of SQuAD's questions each context is one. The end
/// of the file, or of what is taken of it, ends a document.
public final class SentenceReader {
  /// Bytes of text that fill a batch: some hundred sentences, enough work to hand to a thread.
  static let batchBytes = 1 << 16

  /// What the user should know of the rows so far, a line each.
  public var remarks: [String] {
    guard let rows = reader as? RowReader, isText else { return reader.remarks }
    return seen.sentences(about: rows.path) + rows.returns.sentencesOnReturns(about: rows.path)
  }
  /// Bytes of the file that was read so far; nil where something packed them.
  public var bytesRead: Int? { reader.bytesRead }
  /// Rows left out so far because their columns were too many or too few.
  public var skippedRows: Int { reader.skippedRows }
  /// Sentences read so far.
  public private(set) var sentenceCount = 0

  private let reader: any RowSource
  private let isText: Bool
  private let wikiText: WikiText?
  private let limit: Int
  private var seen = SentenceRemarks()
  private var isAtEnd = false

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - format: Its format; nil for the one its name says.
  ///   - layout: Its columns; labels do not matter.
  ///   - wikiText: How text is put together again that is written as WikiText; nil for other text.
  ///   - limit: The most sentences that are read of it.
  ///   - skipsMalformedRows: Leave out, and count, rows with too many or too few columns; nil where the
  ///     user has no such choice.
  /// - Throws: As `RowReader`; `TextError` where a file with columns is to be WikiText.
  public init(
    _ path: String, format: RowFormat? = nil, layout: RowLayout = RowLayout(),
    wikiText: WikiText? = nil, limit: Int = .max, skipsMalformedRows: Bool? = nil
  ) throws {
    var layout = layout
    layout.readsAnswers = false
    if try format == nil && JSONForm.named(by: path) == .questions {
      (reader, isText) = (try ContextReader(path), false)
    } else {
      layout.holdsWords = try Self.holdsWords(path, format, layout)
      let rows = try RowReader(
        path, format: format, layout: layout, skipsMalformedRows: skipsMalformedRows)
      (reader, isText) = (rows, rows.format == .txt)
    }
    guard wikiText == nil || isText else {
      throw TextError(path, "is no text, which WikiText is; leave --layout wikitext out")
    }
    self.wikiText = wikiText
    self.limit = limit
  }

  /// Whether the texts that are asked for are lists of words in objects.
  private static func holdsWords(
    _ path: String, _ format: RowFormat?, _ layout: RowLayout
  ) throws -> Bool {
    guard case .named(let name) = layout.text, try format ?? RowFormat(ofFile: path) == .jsonl,
      let glimpse = try? RowGlimpse(path, format: .jsonl, limit: 1),
      let column = glimpse.columns.firstIndex(of: name)
    else { return false }
    return glimpse.values(of: column).first?.array != nil
  }

  /// The next batch; nil at the end of the file.
  ///
  /// - Throws: As `RowReader`.
  public func next() throws -> SentenceBatch? {
    if isAtEnd { return nil }
    var batch = SentenceBatch()
    var bytes = 0
    while bytes < Self.batchBytes {
      guard sentenceCount < limit, let row = try reader.next() else {
        isAtEnd = true
        batch.documentEnds.append(batch.sentences.count)
        break
      }
      if isText {
        take(row, into: &batch)
      } else {
        add(row.text, to: &batch)
        if let pair = row.pair, sentenceCount < limit { add(pair, to: &batch) }
        batch.documentEnds.append(batch.sentences.count)
      }
      // Blank lines count too: a file of nothing else must not become one batch.
      bytes += row.text.utf8.count + (row.pair?.utf8.count ?? 0) + 1
    }
    return batch
  }

  private func add(_ sentence: String, to batch: inout SentenceBatch) {
    batch.sentences.append(sentence)
    sentenceCount += 1
  }

  /// Takes a line of text.
  private func take(_ row: LabelledRow, into batch: inout SentenceBatch) {
    guard let wikiText else {
      if row.text.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
        batch.documentEnds.append(batch.sentences.count)
      } else {
        if WikiTextLine.looksSo(row.text) { seen.likeWikiText.add(line: row.line) }
        add(row.text, to: &batch)
      }
      return
    }
    switch WikiTextLine(row.text) {
    case .blank: break
    case .heading(let level):
      seen.headings.add(line: row.line)
      if level == 1 { batch.documentEnds.append(batch.sentences.count) }
    case .paragraph:
      let (text, unknownWords) = wikiText.restored(row.text)
      if unknownWords > 0 { seen.unknownWords.add(line: row.line, times: unknownWords) }
      add(text, to: &batch)
    }
  }
}

/// The ids of a `SentenceBatch`.
struct TokenizedSentences: Sendable {
  /// Ids of all sentences, one after the other.
  var ids: [Int32] = []
  /// Where each sentence ends in `ids`.
  var ends: [Int] = []
  /// For each document that ends here, how many of the sentences come before its end.
  var documentEnds: [Int]

  init(_ batch: SentenceBatch, _ tokenizer: Tokenizer) {
    ends.reserveCapacity(batch.sentences.count)
    for sentence in batch.sentences {
      tokenizer.appendIds(of: sentence, to: &ids)
      ends.append(ids.count)
    }
    documentEnds = batch.documentEnds
  }
}
