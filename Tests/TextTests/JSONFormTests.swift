import Files
import TestSupport
import Testing
import Text

/// What is named `.json` and what it holds.
@Suite struct JSONFormTests {
  private func form(_ text: String) throws -> JSONForm {
    try withTemporaryFolder { folder in
      try AtomicFile.write(text, to: "\(folder)/x.json")
      return try JSONForm("\(folder)/x.json")
    }
  }

  @Test(arguments: [
    #"{"version": "1.1", "data": [{"title": "t"}]}"#, "{\n  \"data\": [\n]\n}\n",
    #"[{"id": "1", "question": "a", "context": "b"}]"#, "\u{FEFF}[\n{\"paragraphs\": [", "{}", "",
    "no JSON", "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n",
  ])
  func `a document of questions, and what only its reader can tell`(text: String) throws {
    #expect(try form(text) == .questions)
  }

  @Test(arguments: [
    #"{"sentence": "a \"{ b", "label": 1}"# + "\n" + #"{"sentence": "c", "label": 0}"#,
    #"{"data": "a", "version": 1}"# + "\r\n\r\n" + #"{"data": "b", "version": 1}"#,
    #"{"tokens": ["a"], "ner_tags": ["O"]}"#, #" {"a": {"b": "}"}, "label": null}"# + "\n",
    #"{"question": "a", "context": "b", "answers": {"text": []}}"#,
  ])
  func `an object a line`(text: String) throws {
    #expect(try form(text) == .lines)
  }

  @Test func `lines are read as such under the name of a document`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.json"
      // What is not there yet may be lines.
      #expect(try RowFormat(ofFile: path) == .jsonl)
      try AtomicFile.write(#"{"text": "a", "label": 1}"# + "\n", to: path)
      #expect(try RowFormat(ofFile: path) == .jsonl)
      #expect(try RowReader.rows(of: path).map(\.text) == ["a"])
      #expect(try JSONForm.named(by: folder + "/x.jsonl") == nil)
      try AtomicFile.write(#"{"data": [{"text": "a"}]}"#, to: path)
      #expect(
        throws: TextError(
          path,
          "is one JSON document; write an object a line (.jsonl), or give --task question-answering if "
            + "it is SQuAD's")
      ) { try RowFormat(ofFile: path) }
    }
  }

  @Test func `a list of rows is read as they stand in it`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.json"
      try AtomicFile.write(
        "\u{FEFF} [ {\"text\": \"a, ]}\\\"\", \"label\": 1} ,\n{\"label\": 0,\n\"text\": \"b\"}\n]\n",
        to: path)
      let reader = try RowReader(path)
      var rows: [LabelledRow] = []
      while let row = try reader.next() { rows.append(row) }
      #expect(rows.map(\.text) == [#"a, ]}""#, "b"] && rows.map(\.line) == [1, 2])
      #expect(rows.map(\.label) == ["1", "0"])
      #expect(reader.remarks == ["\(path) is one JSON list: the N of \(path):N counts its objects"])
      #expect(RowReader.columnNames(of: path) == ["text", "label"])
      #expect(try RowGlimpse(path).rows.count == 2)
      var words = RowLayout()
      words.holdsWords = true
      try AtomicFile.write(#"[{"tokens": ["a", "b"], "tags": ["O", "B-x"]}]"#, to: path)
      #expect(try RowReader.rows(of: path, layout: words).map(\.answer) == [.tags(["O", "B-x"])])
      for (text, words) in [
        (#"[{"text": "a"}, 5]"#, ": object 2: is not a JSON object; list objects alone"),
        (#"[{"text": "a"}, {"text": 5}]"#, ": object 2: 'text' is an integer; it must be a string"),
      ] {
        try AtomicFile.write(text, to: path)
        let error = #expect(throws: TextError.self) { try RowReader.rows(of: path) }
        #expect(error?.description == path + words)
      }
    }
  }

  @Test func `rows and columns in one document`() throws {
    #expect(try form(#"[{"sentence": "a", "label": {"question": 1}}]"#) == .list)
    for text in ["[]", "[", #"["a", "b"]"#, #"[{"question": "a", "context": "b", "label": 1}]"#] {
      #expect(try form(text) == .list)
    }
    try withTemporaryFolder { folder in
      try AtomicFile.write("", to: folder + "/x.json")
      let empty = #expect(throws: TextError.self) { try RowFormat(ofFile: folder + "/x.json") }
      #expect(empty?.detail == "is empty; give a file with at least one row")
    }
    #expect(try form("[\n  {\n    \"tokens\": [\"a\"]\n  }\n]\n") == .list)
    #expect(try form(#"{"sentence": {"0": "a"}, "label": {"0": 1}}"#) == .columns)
    // More than is looked at, and names that documents of questions have.
    let many = (0..<200_000).map { "\"\($0)\":\"film\"" }.joined(separator: ",")
    #expect(try form("{\"data\":{\(many)},\"label\":{\"0\":1}}") == .columns)
    #expect(
      try form(#"{"7": {"sentence": "a", "label": 1}, "9": {"sentence": "b"}}"#) == .namedRows)
    for keys in [#""columns":["a"],"index":[0]"#, #""schema":{"fields":[]}"#] {
      #expect(try form("{\(keys),\"data\":[[1]]}") == .table)
    }
    let long = String(repeating: "a", count: 2 << 20)
    #expect(try form("{\"sentence\":\"\(long)\",\"label\":1}\n{\"sentence\":\"b\"}\n") == .lines)
    #expect(try form("{\"version\":\"1.1\",\"data\":[{\"title\":\"\(long)\"}]}") == .questions)
  }
}
