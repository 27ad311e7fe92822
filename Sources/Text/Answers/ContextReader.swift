/// The texts that SQuAD's questions are about, each once where its questions follow one another.
final class ContextReader: RowSource {
  private let questions: SquadReader
  private var last: ExactText?

  /// Opens a document.
  ///
  /// - Throws: As `SquadReader`.
  init(_ path: String) throws {
    questions = try SquadReader(path, format: .json, readsAnswers: false)
  }

  var path: String { questions.path }
  var skippedRows: Int { questions.skippedRows }
  var remarks: [String] { questions.remarks }
  var mayHaveAnswers: Bool { false }
  var bytesRead: Int? { questions.bytesRead }

  func next() throws -> LabelledRow? {
    while let row = try questions.next() {
      guard let context = row.pair.map(ExactText.init), context != last else { continue }
      last = context
      return LabelledRow(text: context.text, line: row.line)
    }
    return nil
  }
}
