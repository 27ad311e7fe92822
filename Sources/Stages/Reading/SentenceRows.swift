import Text

/// The sentences of raw text as rows, numbered from 1 in the place of lines.
final class SentenceRows: RowSource {
  let path: String
  let skippedRows = 0
  let mayHaveAnswers = false

  private let reader: SentenceReader
  private var waiting: ArraySlice<String> = []
  private var number = 0

  /// The sentences of a reader that has read nothing.
  init(_ reader: SentenceReader, of path: String) {
    (self.reader, self.path) = (reader, path)
  }

  var remarks: [String] { reader.remarks }
  var bytesRead: Int? { reader.bytesRead }

  func next() throws -> LabelledRow? {
    while waiting.isEmpty {
      guard let batch = try reader.next() else { return nil }
      waiting = batch.sentences[...]
    }
    number += 1
    return waiting.popFirst().map { LabelledRow(text: $0, line: number) }
  }
}
