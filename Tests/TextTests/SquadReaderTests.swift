import Files
import TestSupport
import Testing

@testable import Text

@Suite struct SquadReaderTests {
  private static let context = "Ein Café \u{1F600} in Zürich: the cafe\u{301} is open."

  /// Three questions about one text and one about another, in three forms.
  private static let squad = """
    {"version": "2.0", "data": [{"title": "t", "paragraphs": [
      {"context": "\(context)", "qas": [
        {"id": "a", "question": "  \\t Where?", "is_impossible": false,
         "answers": [{"text": "Zürich", "answer_start": 14}, {"text": "in Zürich", "answer_start": 11}]},
        {"id": "b", "question": "Why?", "is_impossible": true, "answers": [],
         "plausible_answers": [{"text": "open", "answer_start": 33}]},
        {"id": 7, "question": "Open?"}]},
      {"context": "x", "qas": [{"id": "c", "question": "x?", "answers": [{"text": "x", "answer_start": 0}]}]}
    ]}]}
    """
  private static let flat = [
    #"{"id": "a", "context": "\#(context)", "question": "  \t Where?", "answers": {"text": ["#
      + #""Zürich", "in Zürich"], "answer_start": [14, 11]}}"#,
    #"{"question": "Why?", "id": "b", "context": "\#(context)", "answers": {"text": [], "answer_start": []}}"#,
    #"{"id": 7, "context": "\#(context)", "question": "Open?", "answers": null}"#,
    #"{"id": "c", "context": "x", "question": "x?", "answers": [{"text": "x", "answer_start": 0}]}"#,
  ]

  private func rows(_ text: String, _ name: String, skips: Bool = false) throws -> (
    rows: [LabelledRow], remarks: [String], skipped: Int
  ) {
    try withTemporaryFolder { folder in
      let reader = try SquadReader(write(text, folder, name), skipsMalformedRows: skips)
      var rows: [LabelledRow] = []
      while let row = try reader.next() { rows.append(row) }
      return (rows, reader.remarks.map { $0.replacing(folder, with: "") }, reader.skippedRows)
    }
  }

  @Test func `SQuAD's document, a list of rows and rows one a line are the same rows`() throws {
    let published = try rows(Self.squad, "q.json").rows
    #expect(published.map(\.text) == ["Where?", "Why?", "Open?", "x?"])
    #expect(published.map(\.id) == ["a", "b", "7", "c"])
    #expect(published.map(\.pair) == [Self.context, Self.context, Self.context, "x"])
    #expect(
      published.map(\.answer) == [
        .spans([TextSpan("Zürich", at: 14), TextSpan("in Zürich", at: 11)]), .spans([]), .none,
        .spans([TextSpan("x", at: 0)]),
      ])
    #expect(published.map(\.line) == [1, 2, 3, 4])
    for (text, name) in [
      (#"{"data": [\#(Self.flat.joined(separator: ", "))]}"#, "q.json"),
      ("[\(Self.flat.joined(separator: ", "))]", "q.JSON"),
      (Self.flat.joined(separator: "\n\n"), "q.jsonl"),
      (Self.flat.joined(separator: "\n"), "q.json"),
    ] {
      var others = try rows(text, name).rows
      for index in others.indices { others[index].line = index + 1 }
      #expect(others == published, "\(name)")
    }
  }

  @Test func `places are counted in scalars, and texts told apart by their bytes`() throws {
    // "cafe" with an accent of its own is another text than the one with the letter.
    let composed =
      #"{"question": "q", "context": "caf\u00e9 x", "answers": {"text": ["x"], "answer_start": [5]}}"#
    let apart =
      #"{"question": "q", "context": "cafe\u0301 x", "answers": {"text": ["x"], "answer_start": [6]}}"#
    let found = try rows([composed, apart].joined(separator: "\n"), "q.jsonl")
    #expect(found.rows.map { $0.pair?.unicodeScalars.count } == [6, 7])
    #expect(
      found.rows.map(\.answer) == [.spans([TextSpan("x", at: 5)]), .spans([TextSpan("x", at: 6)])])
    #expect(found.remarks.isEmpty)
  }

  @Test func `an answer that stands elsewhere is found in the nearest place, which is told`() throws
  {
    let line = { (start: Int, text: String) in
      #"{"question": "q", "context": "a b a bb a", "answers": {"text": ["\#(text)"], "answer_start": [\#(start)]}}"#
    }
    let found = try rows(
      [line(3, "a"), line(0, "a"), line(6, "a"), line(0, "bb")].joined(separator: "\n"), "q.jsonl")
    let starts = found.rows.map { row -> Int? in
      if case .spans(let spans) = row.answer { spans.first?.range.lowerBound } else { nil }
    }
    #expect(starts == [4, 0, 4, 6])
    #expect(
      found.remarks == [
        "/q.jsonl:1: 3 questions have an answer that does not stand at its answer_start (the first "
          + "here): the nearest place where its text stands is taken"
      ])
  }

  @Test func `an answer that stands nowhere is refused, or left out and counted`() throws {
    let lines =
      #"{"question": "q", "context": "a b", "answers": {"text": ["c"], "answer_start": [1]}}"#
      + "\n" + #"{"question": "", "context": "a b", "is_impossible": false, "answers": []}"#
    #expect(
      message { _ = try rows(lines, "q.jsonl") }.contains("'c' stands nowhere in the context"))
    let found = try rows(lines, "q.jsonl", skips: true)
    #expect(found.rows.count == 1 && found.skipped == 1)
    #expect(
      found.remarks == [
        "/q.jsonl:2: 1 question has no answer, though is_impossible is false: it counts as not to be "
          + "answered from the text", "/q.jsonl:2: 1 question is empty; it counts as a question",
      ])
  }

  @Test func `contexts that are the same share their memory`() throws {
    let long = String(repeating: "many words ", count: 6_000)
    let lines = (0..<50).map { #"{"question": "q\#($0)", "context": "\#(long)"}"# }
    let found = try rows(lines.joined(separator: "\n"), "q.jsonl")
    let texts = found.rows.compactMap(\.pair)
    #expect(texts.count == 50)
    // The bytes of a text that is not copied are where they were.
    let places = texts.map { text in
      unsafe text.utf8.withContiguousStorageIfAvailable { Int(bitPattern: $0.baseAddress) }
    }
    #expect(Set(places).count == 1)
  }

  @Test(arguments: [
    ("q.json", "", "the text ends where a value should be"),
    ("q.json", "[1, 2", "a comma or ] should be here"),
    ("q.json", "3", "is an integer; it must be SQuAD's {\"data\": [...]}"),
    ("q.json", #"{"version": "1"}"#, "'data' is missing; it must be"),
    ("q.json", #"{"data": {}}"#, "'data' is an object; it must be"),
    ("q.json", #"{"data": [3]}"#, "data[0]: is an integer; it must be an object"),
    (
      "q.json", #"{"data": [{"title": "t"}]}"#,
      "data[0]: 'paragraphs' is missing; it must be a list"
    ),
    (
      "q.json", #"{"data": [{"paragraphs": [null]}]}"#,
      "paragraphs[0]: is null; it must be an object"
    ),
    (
      "q.json", #"{"data": [{"paragraphs": [{"context": "c"}]}]}"#,
      "data[0].paragraphs[0]: 'qas' is missing; it must be a list"
    ),
    (
      "q.json", #"{"data": [{"paragraphs": [{"qas": [{"question": "q"}]}]}]}"#,
      "data[0].paragraphs[0].qas[0]: 'context' is missing; it must be a string"
    ),
    ("q.json", "[]\n[]\n", "holds a JSON value a line; let its name end in .jsonl"),
    ("q.txt", "x", "the name does not end in .json (SQuAD) or .jsonl"),
    ("q.jsonl", "[]", "q.jsonl:1: begins a JSON list; write one object a line, or let"),
    ("q.jsonl", "5", "q.jsonl:1: is not a JSON object; write one object a line"),
    ("q.jsonl", #"{"context": "c"}"#, "q.jsonl:1: 'question' is missing; it must be a string"),
    (
      "q.jsonl", #"{"question": 3, "context": "c"}"#,
      "'question' is an integer; it must be a string"
    ),
    ("q.jsonl", #"{"question": "q", "context": ""}"#, "'context' is empty; give the text"),
    ("q.jsonl", #"{"question": "q", "context": "c", "id": []}"#, "'id' is an array; it must be"),
    (
      "q.jsonl", #"{"question": "q", "context": "c", "is_impossible": 1}"#,
      "'is_impossible' is an integer; it must be true or false"
    ),
    (
      "q.jsonl",
      #"{"question": "q", "context": "c", "is_impossible": true, "answers": [{"text": "c", "answer_start": 0}]}"#,
      "'is_impossible' is true, but answers are given"
    ),
    (
      "q.jsonl", #"{"question": "q", "context": "c", "answers": "c"}"#,
      "'answers' is a string; it must"
    ),
    (
      "q.jsonl", #"{"question": "q", "context": "c", "answers": [0]}"#,
      "answers[0]: is an integer; it"
    ),
    (
      "q.jsonl", #"{"question": "q", "context": "c", "answers": [{"answer_start": 0}]}"#,
      "answers[0]: 'text' is missing; it must be a string"
    ),
    (
      "q.jsonl",
      #"{"question": "q", "context": "c", "answers": [{"text": "c", "answer_start": 0.5}]}"#,
      "answers[0]: 'answer_start' is a number; it must be an integer"
    ),
    (
      "q.jsonl",
      #"{"question": "q", "context": "c", "answers": [{"text": "c", "answer_start": -1}]}"#,
      "'answer_start' is -1, the context has 1 characters; correct it"
    ),
    (
      "q.jsonl",
      #"{"question": "q", "context": "c", "answers": [{"text": "c", "answer_start": 9223372036854775807}]}"#,
      "'answer_start' is 9223372036854775807, the context has 1 characters; correct it"
    ),
    (
      "q.jsonl",
      #"{"question": "q", "context": "c", "answers": [{"text": "", "answer_start": 0}]}"#,
      "'text' is empty; remove the answer"
    ),
    (
      "q.jsonl",
      #"{"question": "q", "context": "c", "answers": {"text": ["c"], "answer_start": []}}"#,
      "holds 1 texts and 0 places; give each text its place"
    ),
    (
      "q.jsonl", #"{"question": "q", "context": "c", "answers": {"text": "c", "answer_start": 0}}"#,
      "answers: 'text' and 'answer_start' must both be lists"
    ),
    (
      "q.jsonl",
      #"{"question": "q", "context": "c", "answers": {"text": [1], "answer_start": [0]}}"#,
      "answers: a text is an integer; it must be a string"
    ),
  ])
  func `what cannot be used is refused in one line with its place`(
    name: String, text: String, expected: String
  ) throws {
    let told = message { _ = try rows(text, name) }
    #expect(told.contains(expected), "\(told)")
    #expect(told.contains("/q.") && !told.contains("\n"))
  }

  @Test func `an id may be repeated, unless answers are told apart by it`() throws {
    try withTemporaryFolder { folder in
      let path = try write(
        "{\"question\": \"q\", \"context\": \"c\", \"id\": \"1\"}\n"
          + "{\"question\": \"r\", \"context\": \"c\", \"id\": 1}", folder, "q.jsonl")
      let reader = try SquadReader(path)
      #expect(try reader.next()?.text == "q")
      #expect(try reader.next()?.text == "r")
      #expect(
        reader.remarks.last
          == "\(path):2: 1 question has the id of one before it: each counts as a question of its "
          + "own")
      let strict = try SquadReader(path, mayRepeatIds: false)
      _ = try strict.next()
      #expect(
        message { _ = try strict.next() }
          == "\(path):2: the id '1' is another question's too; give each its own")
    }
  }

  @Test func `a document that is too large is refused before it is read`() throws {
    try withTemporaryFolder { folder in
      let path = try write("{", folder, "q.json")
      #expect(try Program.run("/usr/bin/truncate", ["-s", "600M", path]).status == 0)
      let told = message { _ = try SquadReader(path) }
      #expect(told.contains("write one question a line (.jsonl)"), "\(told)")
    }
  }
}
