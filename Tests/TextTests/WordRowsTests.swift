import Files
import TestSupport
import Testing

@testable import Text

/// Sentences whose words have tags, as files hold them.
@Suite struct WordRowsTests {
  private func rows(
    _ text: String, _ name: String = "x.conll", text column: String? = nil,
    label: String? = nil
  ) throws -> [LabelledRow] {
    try withTemporaryFolder { folder in
      var layout = RowLayout(text: column, label: label)
      layout.holdsWords = true
      return try RowReader.rows(of: try write(text, folder, name), layout: layout)
    }
  }

  private func refusal(
    _ text: String, _ name: String = "x.conll", text column: String? = nil,
    label: String? = nil
  ) throws -> String {
    try withTemporaryFolder { folder in
      var layout = RowLayout(text: column, label: label)
      layout.holdsWords = true
      let path = try write(text, folder, name)
      return message { _ = try RowReader.rows(of: path, layout: layout) }
        .replacing(folder + "/", with: "")
    }
  }

  private func row(_ words: [String], _ tags: [String]?, line: Int) -> LabelledRow {
    LabelledRow(
      words: words, answer: tags.map { .tags($0) } ?? .none, line: line, wordsHaveLines: true)
  }

  @Test func `where a sentence is from, GermEval says before it`() throws {
    let text =
      "#\thttp://de.wikipedia.org/wiki/Anti [2009-10-17]\n1\tAufgrund\tO\tO\n\n# http://x.y\n"
      + "1\tb\tO\tO\n"
    #expect(
      try rows(text, text: "2", label: "3") == [
        row(["Aufgrund"], ["O"], line: 2), row(["b"], ["O"], line: 5),
      ])
  }

  @Test func `a column that numbers the words is told, and the cure reads the words`() throws {
    try withTemporaryFolder { folder in
      let text = "1 EU B-ORG\n2 rejects O\n\n1 Peter B-PER\n\n1 is O\n2 here O\n"
      let path = try write(text, folder, "x.conll")
      var layout = RowLayout()
      layout.holdsWords = true
      let reader = try RowReader(path, layout: layout)
      while try reader.next() != nil {}
      #expect(
        reader.remarks.map { $0.replacing(folder + "/", with: "") } == [
          "x.conll:1: 2 sentences have the words 1, 2, 3 and so on, as if their first column numbered "
            + "them (the first here); give --text-column 2, and the column of the tags with "
            + "--label-column"
        ], "\(reader.remarks)")
      layout = RowLayout(text: "2", label: "3")
      layout.holdsWords = true
      let cured = try RowReader(path, layout: layout)
      #expect(try cured.next()?.words == ["EU", "rejects"])
      while try cured.next() != nil {}
      #expect(cured.remarks.isEmpty)
    }
  }

  @Test func `ranges and empty nodes of CoNLL-U are no words, and are told`() throws {
    try withTemporaryFolder { folder in
      let text = """
        # sent_id = 1
        1-2\tvámonos\t_
        1\tvamos\tVERB
        2\tnos\tPRON
        2.1\tfuimos\t
        3\tal\tADP

        1\t1999-2000\tNUM

        """
      let path = try write(text, folder, "x.conllu")
      var layout = RowLayout(text: "2", label: "3")
      layout.holdsWords = true
      let reader = try RowReader(path, format: .conll, layout: layout)
      let first = try #require(try reader.next())
      #expect(first.words == ["vamos", "nos", "al"] && first.tags == ["VERB", "PRON", "ADP"])
      #expect(first.line == 3 && (0..<3).map(first.line(ofWord:)) == [3, 4, 6])
      #expect(try reader.next() == row(["1999-2000"], ["NUM"], line: 8))
      #expect(try reader.next() == nil)
      #expect(
        reader.remarks.map { $0.replacing(folder + "/", with: "") } == [
          "x.conllu:2: 2 lines are no words: their numbers are ranges or decimals, as 1-2 or 3.1 in "
            + "CoNLL-U (the first here); left out"
        ])
      // Where the first column is the words, sentences are told although ranges stand between them.
      layout = RowLayout()
      layout.holdsWords = true
      let unsaid = try RowReader(
        try write("1-2\ta\tX\n1\tb\tX\n2\tc\tX\n", folder, "y.conll"), layout: layout)
      #expect(try unsaid.next()?.words == ["1-2", "1", "2"])
      #expect(unsaid.remarks.count == 1 && unsaid.remarks[0].contains("give --text-column 2"))
    }
  }

  @Test func `what looks like a range is a word where nothing numbers the words`() throws {
    #expect(
      try rows("1-2\ta\tX\nx\tb\tX\n", text: "2", label: "3").map(\.words) == [["a", "b"]])
    #expect(
      try rows("1-2\tX\n1\tX\n", label: "2").map(\.words) == [["1-2", "1"]])
    #expect(
      try rows("1\ta\n1-2\tb\n", text: "2", label: "1").map(\.words) == [["a", "b"]])
  }

  @Test func `sentences end at blank lines, some of which hold a tab`() throws {
    let text = "\u{FEFF}It\tO\r\n's\tO\r\n\t\r\n\r\n  \nEmpire State\tB-place\nBuilding\tI-place"
    let expected = [
      row(["It", "'s"], ["O", "O"], line: 1),
      row(["Empire State", "Building"], ["B-place", "I-place"], line: 6),
    ]
    for name in ["x.conll", "x.bio"] {
      let found = try rows(text, name)
      #expect(found == expected)
      #expect(found.map(\.text) == ["It 's", "Empire\u{a0}State Building"])
    }
  }

  @Test func `columns between spaces give the first and the last, or those that are named`() throws
  {
    let text = """
      -DOCSTART- -X- -X- O

      EU NNP B-NP B-ORG
      rejects  VBZ B-VP O
      -DOCSTART- -X- -X- O
      German JJ B-NP B-MISC

      """
    #expect(
      try rows(text) == [
        row(["EU", "rejects"], ["B-ORG", "O"], line: 3), row(["German"], ["B-MISC"], line: 6),
      ])
    #expect(
      try rows(text, text: "2", label: "3").map(\.tags) == [["B-NP", "B-VP"], ["B-NP"]])
    #expect(try rows(text, text: "2", label: "3")[1].words == ["JJ"])
    #expect(try rows("a\nb\n\nc\n").map(\.words) == [["a", "b"], ["c"]])
    #expect(try rows("a\nb\n\nc\n").allSatisfy { $0.answer == .none })
  }

  @Test func `a line that tells a sentence's number before it is no word`() throws {
    let text = "# id 5239d808 domain=en\na _ _ B-X\n# _ _ O\n\n# id 2\n# _ _ O\n"
    #expect(
      try rows(text) == [
        row(["a", "#"], ["B-X", "O"], line: 2), row(["#"], ["O"], line: 6),
      ])
  }

  @Test func `JSON lines have lists of words and tags under any of their usual names`() throws {
    let text = """
      {"id": 7, "tokens": ["a", "b c", ""], "ner_tags": ["O", "B-x", "O"]}
      {"tokens": [], "ner_tags": []}
      {"tokens": ["d"], "ner_tags": null}
      {"tokens": ["e"]}
      """
    let found = try rows(text, "x.jsonl")
    #expect(found.map(\.words) == [["a", "b c", ""], [], ["d"], ["e"]])
    #expect(found.map(\.answer) == [.tags(["O", "B-x", "O"]), .tags([]), .none, .none])
    #expect(found.map(\.id) == ["7", nil, nil, nil] && found.map(\.line) == [1, 2, 3, 4])
    #expect(found[0].text == "a b\u{a0}c ")
    #expect(try rows(#"{"words": ["a"], "tags": [3]}"#, "x.jsonl")[0].answer == .tags(["3"]))
    let several = #"{"tokens": ["a"], "tags": ["NN"], "ner_tags": ["O"]}"#
    #expect(try rows(several, "x.jsonl")[0].answer == .tags(["O"]), "as run_ner chooses")
    let named = try rows(#"{"w": ["a"], "t": ["O"]}"#, "x.jsonl", text: "w", label: "t")
    #expect(named[0].words == ["a"] && named[0].tags == ["O"])
    // A text is cut at white space.
    let whole = try rows(#"{"sentence": " a\tb\u00a0c "}"#, "x.jsonl")[0]
    #expect(whole.words.isEmpty && whole.wordsOfText == ["a", "b", "c"] && whole.answer == .none)
  }

  @Test(arguments: [
    (
      "a\tO\nb\n", "x.conll",
      "x.conll:2: has 1 columns, the first line with a word has 2; write every word with as many, a "
        + "tab between them"
    ),
    (
      "a O\n\nb O x\n", "x.conll",
      "x.conll:3: has 3 columns, the first line with a word has 2; write every word with as many, "
        + "spaces between them"
    ),
    ("a\t\n", "x.conll", "x.conll:1: has no tag behind its token; give it one"),
    (
      "a\tO\n\tO\n", "x.conll",
      "x.conll:2: has no token before its tag; give it one, or make the line blank"
    ),
    ("\n\n", "x.conll", "x.conll: holds no rows; give a file with at least one"),
    (
      "[1]\n", "x.jsonl",
      "x.jsonl:1: begins a JSON list; write one object a line, or let the name of a file that is one list end in .json"
    ),
    ("5\n", "x.jsonl", "x.jsonl:1: is not a JSON object; write one object a line"),
    (
      #"{"a": 1}"#, "x.jsonl",
      "x.jsonl:1: has no 'tokens' or 'words'; name the key of the words with --text-column"
    ),
    (
      #"{"tokens": ["a", "b"], "tags": ["O"]}"#, "x.jsonl",
      "x.jsonl:1: 'tags' has 1 entries for the 2 of 'tokens'; give every word a tag"
    ),
    (
      #"{"tokens": ["a", 2], "tags": ["O", "O"]}"#, "x.jsonl",
      "x.jsonl:1: 'tokens' holds an integer; every word must be a string"
    ),
    (
      #"{"tokens": ["a"], "tags": [1.5]}"#, "x.jsonl",
      "x.jsonl:1: 'tags' holds a number; every tag must be a string or a whole number"
    ),
    (
      "{\"tokens\": [\"a\"], \"tags\": [\"O\"]}\n{\"tags\": [\"O\"]}", "x.jsonl",
      "x.jsonl:2: 'tokens' is missing; it must be a list of words"
    ),
    (
      #"{"sentence": "a b", "tags": ["O", "O"]}"#, "x.jsonl",
      "x.jsonl:1: 'sentence' is a text, and tags need words; write it as a list of words"
    ),
    (
      "{\"tokens\": [\"a\"], \"tags\": [\"O\"]}\n{\"tokens\": [\"a\"], \"tags\": \"O\"}", "x.jsonl",
      "x.jsonl:2: 'tags' is a string; it must be a list of tags"
    ),
  ])
  func `what is no sentence is refused with its line`(text: String, name: String, expected: String)
    throws
  {
    #expect(try refusal(text, name) == expected)
  }

  @Test func `columns are named by numbers that the file has`() throws {
    #expect(
      try refusal("a\tO\n", text: "word")
        == "x.conll: its columns have no names, 'word' is asked for; give the number of the column, "
        + "from 1, with --text-column")
    #expect(
      try refusal("a\tO\n", text: "1", label: "3")
        == "x.conll:1: has 2 columns, column 3 is asked for; check --text-column and --label-column"
    )
  }

  @Test func `a file without blank lines does not become one sentence`() throws {
    let text = String(repeating: "a\tO\n", count: WordRows.wordLimit + 1)
    #expect(
      try refusal(text)
        == "x.conll:1: begins a sentence of more than 100000 words; end sentences with blank lines")
  }
}
