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
/// In a text file a line is a sentence and a blank line ends a document. In files with columns each
/// row is a document, its texts the sentences. The end of the file ends a document.
public final class SentenceReader {
  /// Bytes of text that fill a batch: some hundred sentences, enough work to hand to a thread.
  static let batchBytes = 1 << 16

  /// What the user should know of the rows so far, a line each.
  public var remarks: [String] { reader.format == .txt ? [] : reader.remarks }

  private let reader: RowReader
  private var isAtEnd = false

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - format: Its format; nil for the one its name says.
  ///   - layout: Its columns; labels do not matter.
  /// - Throws: As `RowReader`.
  public init(_ path: String, format: RowFormat? = nil, layout: RowLayout = RowLayout()) throws {
    reader = try RowReader(path, format: format, layout: layout)
  }

  /// The next batch; nil at the end of the file.
  ///
  /// - Throws: As `RowReader`.
  public func next() throws -> SentenceBatch? {
    if isAtEnd { return nil }
    var batch = SentenceBatch()
    var bytes = 0
    while bytes < Self.batchBytes {
      guard let row = try reader.next() else {
        isAtEnd = true
        batch.documentEnds.append(batch.sentences.count)
        break
      }
      let isBlank = row.text.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
      if !(isBlank && reader.format == .txt) {
        batch.sentences.append(row.text)
        if let pair = row.pair { batch.sentences.append(pair) }
      }
      if isBlank || reader.format != .txt { batch.documentEnds.append(batch.sentences.count) }
      // Blank lines count too: a file of nothing else must not become one batch.
      bytes += row.text.utf8.count + (row.pair?.utf8.count ?? 0) + 1
    }
    return batch
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
