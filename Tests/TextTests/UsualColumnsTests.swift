import Files
import TestSupport
import Testing
import Text

/// Rows as people have them: columns that need not be named, and files that are not what they seem.
@Suite struct UsualColumnsTests {
  private func rows(
    _ text: String, _ name: String, _ layout: RowLayout = RowLayout()
  ) throws -> [LabelledRow] {
    try withTemporaryFolder { folder in
      try RowReader.rows(
        of: try write(text, folder, name), layout: layout)
    }
  }

  @Test func `a text and the pairs of the usual names need not be named`() throws {
    for name in ["text", "Text", "sentence"] {
      #expect(
        try rows("\(name),title,label\na,b,1\n", "x.csv")
          == [LabelledRow(text: "a", label: "1", line: 2)])
    }
    #expect(
      try rows(#"{"label": 1, "text": "a"}"#, "x.jsonl")
        == [LabelledRow(text: "a", label: "1", line: 1)])
    for (first, second) in [
      ("premise", "hypothesis"), ("question1", "question2"), ("Query", "Document"),
    ] {
      let pair = [LabelledRow(text: "a", pair: "b", label: "1", line: 2)]
      #expect(try rows("\(second),label,\(first)\nb,1,a\n", "x.csv") == pair)
    }
    let pair = [LabelledRow(text: "a", pair: "b", label: "1", line: 2)]
    #expect(try rows("text,text_pair,label\na,b,1\n", "x.csv") == pair)
    // Space around a name is no part of it.
    #expect(
      try rows(" text , label\na,1\n", "x.csv") == [LabelledRow(text: "a", label: "1", line: 2)])
  }

  @Test(arguments: [
    (["sentence", "text"], ["--text-column sentence", "--text-column text"]),
    (
      ["sentence", "sentence2"],
      ["--text-column sentence --pair-column sentence2", "--text-column sentence"]
    ),
    (["text", "text2"], ["--text-column text --pair-column text2", "--text-column text"]),
    (["query", "text"], ["--text-column query --pair-column text", "--text-column text"]),
    (
      ["sentence1", "sentence2", "text"],
      ["--text-column sentence1 --pair-column sentence2", "--text-column text"]
    ),
    (
      ["premise", "hypothesis", "sentence1", "sentence2"],
      [
        "--text-column sentence1 --pair-column sentence2",
        "--text-column premise --pair-column hypothesis",
      ]
    ),
    (
      ["query", "passage", "document"],
      [
        "--text-column query --pair-column passage", "--text-column query --pair-column document",
      ]
    ),
  ])
  func `where several columns may be the text none is read, and the cures work`(
    columns: [String], cures: [String]
  ) throws {
    let text = columns.joined(separator: ",") + "\n" + columns.joined(separator: ",") + "\n"
    let told = try refusal(text, "x.csv")
    #expect(told.hasPrefix("x.csv:1: has the columns "), "\(told)")
    #expect(told.hasSuffix("; give " + cures.joined(separator: ", or ")), "\(told)")
    for cure in cures {
      let words = cure.split(separator: " ").map(String.init)
      let pair = words.count > 2 ? words.last : nil
      #expect(
        try rows(text, "x.csv", RowLayout(text: words[1], pair: pair)).map(\.pair)
          == [pair])
    }
  }

  @Test func `a column that is named as the label or the id is no text`() throws {
    let text = "text,query\na,x\n"
    #expect(
      try rows(text, "x.csv", RowLayout(text: nil, label: "query"))
        == [LabelledRow(text: "a", label: "x", line: 2)])
    #expect(try rows(text, "x.csv", RowLayout(text: nil, id: "query")).map(\.id) == ["x"])
    #expect(
      try rows(#"{"text": "a", "query": "x"}"#, "x.jsonl", RowLayout(text: nil, label: "query"))
        == [LabelledRow(text: "a", label: "x", line: 1)])
  }

  @Test func `space around names counts neither in what is named nor in what is told`() throws {
    #expect(
      try rows(
        "sentence1, sentence2, label\na,b,1\n", "x.csv",
        RowLayout(text: "sentence1", pair: "sentence2"))
        == [LabelledRow(text: "a", pair: "b", label: "1", line: 2)])
    #expect(
      try refusal("Text , sentence,label\na,b,1\n", "x.csv")
        .hasSuffix("; give --text-column ' sentence', or --text-column 'Text '"))
    #expect(
      try rows("Text , sentence,label\na,b,1\n", "x.csv", RowLayout(text: " sentence")).map(\.text)
        == ["b"])
  }

  @Test func `a key that the first row lacks is asked of every row`() throws {
    let text = #"{"label": "x"}"# + "\n" + #"{"text": "b", "label": "x"}"# + "\n"
    #expect(
      try refusal(text, "x.jsonl")
        == "x.jsonl:1: has no key 'sentence', 'text' or 'sentence1', only 'label'; name the key of the "
        + "text with --text-column, and give it to every row")
    #expect(
      try refusal(text, "x.jsonl", RowLayout(text: "text"))
        == "x.jsonl:1: has no key 'text', only 'label'; name one of these, or give it to every row")
  }

  @Test func `a list of one is a label in JSON, and a label of fastText is none in a text`()
    throws
  {
    let text = #"{"text": "a", "label": ["x"]}"# + "\n"
    #expect(try rows(text, "x.jsonl").map(\.label) == ["x"])
    #expect(
      try refusal(#"{"text": "a", "label": ["x", "y"]}"#, "x.jsonl")
        .hasPrefix("x.jsonl:1: 'label' is an array; it must be a string or a number"))
    try withTemporaryFolder { folder in
      let path = try write(
        "__label__pos a film\n__label__neg\tno\n__label__a __label__b so it is\n", folder,
        "it's.txt")
      let told = message { _ = try RowReader.rows(of: path) }
      let start = try #require(told.firstRange(of: "columns, as ")?.upperBound)
      let command = String(told[start...].dropLast(" does".count))
      #expect(try Program.run("/bin/sh", ["-c", command], in: folder).status == 0)
      #expect(
        try RowReader.rows(of: path + ".tsv").map { [$0.label, $0.text] }
          == [["pos", "a film"], ["neg", "no"], ["a,b", "so it is"]])
    }
  }

  @Test func `marks behind backslashes are told, and the cure mends them`() throws {
    try withTemporaryFolder { folder in
      let path = try write(
        "text,label\n" + #""so \"good\" it is",1"# + "\n", folder, "x.csv")
      let told = message { _ = try RowReader.rows(of: path) }
      #expect(told.hasPrefix(path + ":2: a backslash stands before a quotation mark"), "\(told)")
      let start = try #require(told.firstRange(of: "sed ")?.lowerBound)
      let command = String(told[start...].dropLast(" does".count))
      #expect(
        try Program.run("/bin/sh", ["-c", command + " x.csv > y.csv"], in: folder).status == 0)
      #expect(
        try RowReader.rows(of: folder + "/y.csv").map(\.text) == [#"so "good" it is"#])
    }
  }

  @Test func `a table whose name ends in txt too is asked about`() throws {
    for (name, format) in [
      ("x.csv.txt", "csv"), ("x.JSONL.txt.gz", "jsonl"), ("x.tsv.TXT", "tsv"),
    ] {
      #expect(
        try refusal("a\n", name)
          == "\(name): ends in .\(format).txt; give --format \(format), or --format txt if each line "
          + "is a text")
    }
    try withTemporaryFolder { folder in
      let path = try write("text,label\na,1\n", folder, "x.csv.txt")
      #expect(try RowReader.rows(of: path, format: .csv).count == 1)
      #expect(try RowReader.rows(of: path, format: .txt).count == 2)
    }
    #expect(try RowFormat(ofFile: "csv.txt") == .txt)
  }

  @Test func `a column that may be read is not named twice`() throws {
    #expect(
      try refusal("text,text,label\na,b,1\n", "x.csv")
        == "x.csv:1: names the column 'text' twice; rename one")
  }
}
