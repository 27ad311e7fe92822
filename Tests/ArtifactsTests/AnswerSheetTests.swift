import Files
import HDF5
import Tasks
import TestSupport
import Testing
import Text
import Training

@testable import Artifacts

/// Questions about texts as a dataset keeps them.
@Suite struct AnswerSheetTests {
  private let task = QuestionAnsweringTask()
  private let tokenizer: Tokenizer

  init() throws { tokenizer = try Tokenizer(folder: Fixtures.path("text/tokenizer")) }

  private func split(_ rows: [LabelledRow]) throws -> DatasetSplit {
    var split = DatasetSplit()
    var sheet = AnswerSheet()
    let targets = try task.targets(of: rows, labels: [], path: "rows", allowsMissing: true)
    for (row, target) in zip(rows, targets) {
      let examples = task.examples(
        of: row, target: target, tokenizer: tokenizer,
        lengths: SequenceLengths(longest: 12, overlap: 3))
      split.append(row.text, pair: row.pair, examples)
      sheet.append(row, examples, in: tokenizer.trace(row.pair ?? ""))
    }
    split.sheet = sheet
    return split
  }

  private var rows: [LabelledRow] {
    let (first, second) = ("the end hello world the end of a world", "hello the world")
    return [
      LabelledRow(text: "q", pair: first, answer: .spans([TextSpan("hello", at: 8)]), line: 1),
      LabelledRow(text: "the end", pair: second, answer: .none, line: 2),
      LabelledRow(
        text: "q", pair: first,
        answer: .spans([TextSpan("end", at: 4), TextSpan("world", at: 14)]), line: 3),
      LabelledRow(text: "q", pair: second, answer: .spans([]), line: 4),
    ]
  }

  private func write(_ split: DatasetSplit, to path: String) throws {
    let description = DatasetDescription(
      task: task, labels: ["start", "end"], tokenizerDigest: "0", maxSequenceLength: 12,
      hasPairs: true)
    _ = try DatasetArtifact.write(to: path, description, splits: ["dev": split], inputs: [:])
  }

  private func read(_ path: String) throws -> TaskRows {
    let (reader, description) = try DatasetArtifact.open(path)
    return try DatasetArtifact.readRows(
      reader, description, for: description.rowTask(of: path), split: "dev",
      vocabularySize: tokenizer.vocabularySize)
  }

  @Test func `texts are stored once, and all that scoring needs comes back`() throws {
    try withTemporaryFolder { folder in
      let (path, split) = (folder + "/rows.h5", try split(rows))
      try write(split, to: path)
      let back = try read(path)
      let (sheet, written) = (try #require(back.sheet), try #require(split.sheet))
      #expect(sheet.contexts.map(\.text) == [rows[0].pair, rows[1].pair])
      #expect(sheet.contextOfRow == [0, 1, 0, 1])
      #expect(sheet.places == written.places && sheet.firstTokens == written.firstTokens)
      #expect(sheet.answers == written.answers && sheet.answers[1] == nil)
      #expect(sheet.search.nullScoreDifference == 0)
      #expect(back.examples.rows == split.rows && back.examples.count > 4)
      let (reader, description) = try DatasetArtifact.open(path)
      #expect(!reader.contains("dev/pair/bytes"))
      let whole = try DatasetArtifact.read(
        reader, description, split: "dev", vocabularySize: tokenizer.vocabularySize)
      #expect(whole.pairs == rows.map { $0.pair ?? "" })
    }
  }

  @Test func `parts that do not fit each other are refused in one line`() throws {
    let whole = try #require(try split(rows).sheet)
    var shifted = whole.places.values
    shifted[1] = 9_999
    let sheets: [(AnswerSheet, String)] = [
      (
        AnswerSheet(
          contexts: whole.contexts, places: Ragged(values: shifted, offsets: whole.places.offsets),
          contextOfRow: whole.contextOfRow, answers: whole.answers, firstTokens: whole.firstTokens),
        "places of tokens"
      ),
      (
        AnswerSheet(
          contexts: whole.contexts, places: whole.places, contextOfRow: [0, 7, 0, 1],
          answers: whole.answers, firstTokens: whole.firstTokens), "numbers context"
      ),
      (
        AnswerSheet(
          contexts: whole.contexts, places: whole.places, contextOfRow: [0, 1, 0],
          answers: whole.answers, firstTokens: whole.firstTokens), "numbers context"
      ),
      (
        AnswerSheet(
          contexts: whole.contexts, places: whole.places, contextOfRow: whole.contextOfRow,
          answers: whole.answers, firstTokens: whole.firstTokens.map { $0 + 5 }), "windows"
      ),
      (
        AnswerSheet(
          contexts: whole.contexts, places: whole.places, contextOfRow: whole.contextOfRow,
          answers: whole.answers.dropLast(), firstTokens: whole.firstTokens), "offsets answers/rows"
      ),
    ]
    for (sheet, what) in sheets {
      try withTemporaryFolder { folder in
        var split = try split(rows)
        split.sheet = sheet
        try write(split, to: folder + "/rows.h5")
        let error = #expect(throws: ArtifactError.self) { try read(folder + "/rows.h5") }
        #expect(error?.description.contains("\(what) of 'dev' do not fit its rows") == true)
      }
    }
    try withTemporaryFolder { folder in
      var split = try split(rows)
      split.sheet = nil
      try write(split, to: folder + "/rows.h5")
      let error = #expect(throws: ArtifactError.self) { try read(folder + "/rows.h5") }
      #expect(error?.description.contains("holds no texts to look for answers in") == true)
    }
  }

  @Test func `a long text that rows repeat counts among the held-out ones`() throws {
    let long = String(repeating: "Hello World ", count: 200)
    var split = DatasetSplit()
    split.append("Q ?", pair: long, [])
    let held = HeldOutTexts(["dev": split])
    #expect(held.contains("q?", long.lowercased()))
    #expect(!held.contains("q?", long + "x") && !held.contains("r?", long))
  }
}
