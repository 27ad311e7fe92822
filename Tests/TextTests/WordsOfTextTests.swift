import Files
import TestSupport
import Testing

@testable import Text

/// Words of texts that are given whole, as transformers' pipeline for tokens takes them.
struct WordsOfTextTests {
  /// All that separates words somewhere, what is dropped, and a few others.
  private static let scalars =
    [UnicodeTables.whitespace, UnicodeTables.removed]
    .flatMap { table in
      UnicodeTables.ranges(table).flatMap { Set([$0.lowerBound, $0.upperBound]).sorted() }
    }
    .filter { $0 != 0 } + [0x2D, 0xE9, 0x180E, 0x2060]

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `the tokens of the words are those that transformers makes of the text`() throws {
    let texts = Self.scalars.compactMap { Unicode.Scalar($0) }.map { "movie\($0)film \($0) a" }
    #expect(texts.count > 50)
    try withTemporaryFolder { folder in
      try ensureDirectory(folder + "/m")
      _ = try write(
        fixtureTokens().joined(separator: "\n"), folder + "/m", "vocab.txt")
      _ = try write(
        #"{"tokenizer_class": "BertTokenizer", "do_lower_case": true}"#, folder + "/m",
        "tokenizer_config.json")
      let told = try StrictJSON.parse(
        Array(try PythonOracle.run("folder_ids.py", [folder] + texts).utf8), path: "oracle")
      let expected = try #require(told.object?["m"]?.array).map(\.ids)
      let tokenizer = try Tokenizer(folder: folder + "/m")
      for (text, ids) in zip(texts, expected) {
        let row = LabelledRow(text: text, line: 1)
        #expect(
          tokenizer.encode(words: row.wordsOfText).ids == ids, "\(Array(text.unicodeScalars))")
      }
    }
  }

  @Test func `a no-break space separates words, but where it stands in a word that was given`() {
    #expect(LabelledRow(text: "10\u{A0}000 kg", line: 1).wordsOfText == ["10", "000", "kg"])
    let given = LabelledRow(
      words: ["10\u{A0}000", "New York"], answer: .none, line: 1, wordsHaveLines: false)
    #expect(given.wordsOfText == ["10\u{A0}000", "New York"])
    #expect(
      LabelledRow.words(of: given.text, keepsNoBreakSpaces: true) == [
        "10\u{A0}000", "New\u{A0}York",
      ])
  }
}
