import Files
import TestSupport
import Testing
import Text

struct RowReaderTests {
  private func rows(
    _ text: String, _ name: String, _ layout: RowLayout = RowLayout(), skipping: Bool = false
  ) throws -> [LabelledRow] {
    try withTemporaryFolder { folder in
      try RowReader.rows(
        of: try write(text, folder, name), layout: layout,
        skipsMalformedRows: skipping)
    }
  }

  @Test func `a quotation mark in TSV is an ordinary character`() throws {
    let text = "sentence\tlabel\n\"a \"\"b\" c\t1\nit's \"\t0\n"
    #expect(
      try rows(text, "x.tsv") == [
        LabelledRow(text: "\"a \"\"b\" c", label: "1", line: 2),
        LabelledRow(text: "it's \"", label: "0", line: 3),
      ])
  }

  @Test func `byte order mark, CR LF and a missing last line end are no faults`() throws {
    let text = "\u{FEFF}label\tsentence1\tsentence2\r\n1\ta \tb\r\n0\tc\td"
    #expect(
      try rows(text, "x.tsv") == [
        LabelledRow(text: "a ", pair: "b", label: "1", line: 2),
        LabelledRow(text: "c", pair: "d", label: "0", line: 3),
      ])
  }

  @Test func `CSV fields may hold commas, quotation marks and line breaks`() throws {
    let text = "sentence,label\r\n\"a, \"\"b\"\"\r\nc\",1\r\nplain,0\r\n\"\",\"2\"\r\n"
    #expect(
      try rows(text, "x.csv") == [
        LabelledRow(text: "a, \"b\"\nc", label: "1", line: 2),
        LabelledRow(text: "plain", label: "0", line: 4),
        LabelledRow(text: "", label: "2", line: 5),
      ])
  }

  @Test func `JSON lines have labels of any simple kind and keys in any order`() throws {
    let text = """
      {"sentence": "a\\tb", "label": 1, "more": [1]}

      {"label": "x", "sentence": "c"}
      {"label": 2.5, "sentence": ""}
      {"label": true, "sentence": "d"}
      """
    #expect(
      try rows(text, "x.jsonl") == [
        LabelledRow(text: "a\tb", label: "1", line: 1),
        LabelledRow(text: "c", label: "x", line: 3),
        LabelledRow(text: "", label: "2.5", line: 4),
        LabelledRow(text: "d", label: "true", line: 5),
      ])
  }

  @Test func `text files have a text a line`() throws {
    let expected = [LabelledRow(text: "a\tb", line: 1), LabelledRow(text: "", line: 2)]
    #expect(try rows("a\tb\n\n", "x.txt") == expected)
  }

  @Test(arguments: [
    "sentence,label,,\nx,1,,\n", "sentence,label,note,note\nx,1,2,3\n",
    "\nsentence,label\nx,1\n", "  \r\n\r\nsentence,label\r\nx,1\r\n",
  ])
  func `columns that nobody reads may have no name or one twice, and blank lines go before`(
    text: String
  ) throws {
    let read = try rows(text, "x.csv")
    #expect(read.map(\.text) == ["x"])
    #expect(read.map(\.label) == ["1"])
  }

  @Test func `a column that is read and named twice is refused`() throws {
    for (header, layout) in [
      ("sentence,sentence,label", RowLayout()), ("a,text,text", RowLayout(text: "text")),
    ] {
      let told = try refusal(header + "\nx,1,2\n", "x.csv", layout)
      #expect(told.hasPrefix("x.csv:1: names the column '"))
      #expect(told.hasSuffix("' twice; rename one"))
    }
    #expect(
      try refusal("\n\n", "x.csv")
        == "x.csv: is empty; give a file with a header and at least one row")
  }

  @Test func `what Python writes and JSON lacks is named with its cure`() throws {
    for (value, cure) in [
      ("NaN", "null, or leave the key out"), ("-Infinity", "null, or leave the key out"),
      ("None", "null, or leave the key out"), ("True", "true"),
    ] {
      #expect(
        try refusal("{\"sentence\":\"a\",\"label\":\(value)}\n", "x.jsonl")
          == "x.jsonl:1: column 25: \(value) is not JSON; write \(cure)")
    }
    #expect(
      try rows("{\"sentence\":\"a\",\"label\":null}\n{\"sentence\":\"b\"}\n", "x.jsonl").map(\.text)
        == ["a", "b"])
  }

  @Test func `columns are taken by the names given`() throws {
    let layout = RowLayout(text: "question", pair: "answer", label: "good")
    let text = "good\tsentence\tanswer\tquestion\n1\tx\ty\tz\n"
    #expect(
      try rows(text, "x.tsv", layout) == [LabelledRow(text: "z", pair: "y", label: "1", line: 2)])
    // Naming the text leaves out a second one that is not named.
    #expect(
      try rows("sentence2\tq\na\tb\n", "x.tsv", RowLayout(text: "q"))
        == [LabelledRow(text: "b", line: 2)])
  }

  @Test func `malformed rows are skipped and counted only when asked for`() throws {
    let text = "sentence\tlabel\na\t1\nb\nc\t0\tx\nd\t0\n"
    #expect(
      try refusal(text, "x.tsv")
        == "x.tsv:3: has 1 columns, the header has 2; correct the row, or give --skip-malformed-rows"
    )
    #expect(try rows(text, "x.tsv", skipping: true).map(\.line) == [2, 5])
    try withTemporaryFolder { folder in
      let reader = try RowReader(try write(text, folder, "x.tsv"), skipsMalformedRows: true)
      while try reader.next() != nil {}
      #expect(reader.skippedRows == 2)
    }
  }

  @Test(arguments: [
    ("sentence\tlabel\n", "x.tsv", "x.tsv: holds no rows; give a file with at least one"),
    ("", "x.tsv", "x.tsv: is empty; give a file with a header and at least one row"),
    ("", "x.jsonl", "x.jsonl: holds no rows; give a file with at least one"),
    ("", "x.txt", "x.txt: holds no rows; give a file with at least one"),
    (
      "review\tlabel\na\t1\n", "x.tsv",
      "x.tsv:1: has no column 'sentence', 'text' or 'sentence1', only 'review', 'label'; name the column of the text with --text-column, or all columns with --columns if this line is a row"
    ),
    ("label\tlabel\na\t1\n", "x.tsv", "x.tsv:1: names the column 'label' twice; rename one"),
    (
      "sentence,label\n\"a\" b,1\n", "x.csv",
      "x.csv:2: text follows a closing quotation mark; quote the field and double its quotation marks, or give --quoting none"
    ),
    (
      "sentence,label\n\"a\n1\n", "x.csv",
      "x.csv:2: a quoted field is never closed; close it, or give --quoting none"
    ),
    (
      "sentence,label\na,b,1\n", "x.csv",
      "x.csv:2: has 3 columns, the header has 2; correct the row, or give --skip-malformed-rows"
    ),
    (
      "[1]\n", "x.jsonl",
      "x.jsonl:1: begins a JSON list; write one object a line, or let the name of a file that is one list end in .json"
    ),
    ("5\n", "x.jsonl", "x.jsonl:1: is not a JSON object; write one object a line"),
    ("{\"sentence\": 1}\n", "x.jsonl", "x.jsonl:1: 'sentence' is an integer; it must be a string"),
    (
      "{\"sentence\":\"a\",\"label\":[1,2]}\n", "x.jsonl",
      "x.jsonl:1: 'label' is an array; it must be a string or a number, or several labels with "
        + "--task multi-label"
    ),
    (
      "{\"sentence1\":\"a\"}\n{\"sentence1\":\"a\",\"sentence2\":\"b\"}\n", "x.jsonl",
      "x.jsonl:2: has 'sentence2', which the first row lacks; give it to all rows or to none"
    ),
    (
      "Label,LABEL,sentence\n", "x.csv",
      "x.csv:1: 'Label', 'LABEL' are all 'label'; rename all but one"
    ),
    (
      "\"sentence\"\t\"label\"\na\t1\n", "x.tsv",
      "x.tsv:1: the column \"sentence\" is named in quotation marks, as in CSV; give --quoting csv"
    ),
    (
      "a\n", "x.text",
      "x.text: the name does not end in .tsv, .csv, .jsonl, .txt or .conll; rename the file, or give --format"
    ),
    ("sentence\na\u{0}b\n", "x.tsv", "x.tsv: line 2: byte 10 is NUL; the file is not text"),
  ])
  func `a fault is one line with place and cure`(
    _ text: String, _ name: String, _ expected: String
  ) throws {
    #expect(try refusal(text, name) == expected)
  }

  @Test func `invalid UTF-8 is named by line and byte`() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x.tsv"
      try AtomicFile.write(Array("sentence\nok\nbad".utf8) + [0xFF, 0x0A], to: path)
      #expect(
        message { _ = try RowReader.rows(of: path) }
          == "\(path): line 3: byte 15 is not valid UTF-8, but perhaps WINDOWS-1252; convert it: "
          + "iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW")
    }
  }

  @Test(arguments: ["WINDOWS-1252", "UTF-16"])
  func `what spreadsheets write is converted as the refusal says`(encoding: String) throws {
    try withTemporaryFolder { folder in
      let (right, wrong, new) = ("\(folder)/r.csv", "\(folder)/w.csv", "\(folder)/n.csv")
      try AtomicFile.write(Array("sentence\ncaf\u{E9} \u{201C}so\u{201D}\n".utf8), to: right)
      let run = { (command: String) in try Program.run("/bin/sh", ["-c", command]) }
      try #require(try run("iconv -f UTF-8 -t \(encoding) \(right) > \(wrong)").status == 0)
      let refused = message { _ = try RowReader.rows(of: wrong) }
      #expect(refused.contains("but perhaps \(encoding); "), "\(refused)")
      let cure = try #require(refused.firstRange(of: "iconv"))
      let command = String(refused[cure.lowerBound...]).replacing("FILE", with: wrong)
        .replacing("NEW", with: new)
      #expect(try run(command).status == 0)
      #expect(try RowReader.rows(of: new).map(\.text) == ["caf\u{E9} \u{201C}so\u{201D}"])
    }
  }

  @Test func `the GLUE layouts find texts and labels in rows as published`() throws {
    let mnliTraining =
      "index\tpromptID\tpairID\tgenre\ts1b\ts2b\ts1p\ts2p\tsentence1\tsentence2\tlabel1\tgold_label\n"
      + "0\t1\t1n\tg\tb\tb\tp\tp\tA one.\tB \"two.\tneutral\tneutral\n"
    let mnliDevelopment =
      "index\tpromptID\tpairID\tgenre\ts1b\ts2b\ts1p\ts2p\tsentence1\tsentence2\tl1\tl2\tl3\tl4\tl5\tgold_label\n"
      + "0\t1\t1n\tg\tb\tb\tp\tp\tA.\tB.\tn\tn\tn\tn\tn\tentailment\n"
    let cases: [(GlueTask, String, LabelledRow)] = [
      (
        .cola, "gj04\t1\t\tThe book fell.\n",
        LabelledRow(text: "The book fell.", label: "1", line: 1)
      ),
      (
        .sst2, "sentence\tlabel\nit 's fine \t1\n",
        LabelledRow(text: "it 's fine ", label: "1", line: 2)
      ),
      (
        .mrpc, "\u{FEFF}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n0\t1\t2\tA \"x\tB\n",
        LabelledRow(text: "A \"x", pair: "B", label: "0", line: 2)
      ),
      (
        .stsb,
        "index\tg\tf\ty\told\ts1\ts2\tsentence1\tsentence2\tscore\n0\tg\tf\ty\to\ts\ts\tA\tB\t3.8\n",
        LabelledRow(text: "A", pair: "B", label: "3.8", id: "0", line: 2)
      ),
      (
        .qqp, "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n1\t2\t3\tA?\tB?\t1\n",
        LabelledRow(text: "A?", pair: "B?", label: "1", id: "1", line: 2)
      ),
      (
        .mnli, mnliTraining,
        LabelledRow(text: "A one.", pair: "B \"two.", label: "neutral", id: "0", line: 2)
      ),
      (
        .mnli, mnliDevelopment,
        LabelledRow(text: "A.", pair: "B.", label: "entailment", id: "0", line: 2)
      ),
      (
        .qnli, "index\tquestion\tsentence\tlabel\n0\tQ?\tS.\tnot_entailment\n",
        LabelledRow(text: "Q?", pair: "S.", label: "not_entailment", id: "0", line: 2)
      ),
      (
        .rte, "index\tsentence1\tsentence2\tlabel\n0\tA\tB\tentailment\n",
        LabelledRow(text: "A", pair: "B", label: "entailment", id: "0", line: 2)
      ),
      (
        .wnli, "index\tsentence1\tsentence2\tlabel\n0\tA\tB\t1\n",
        LabelledRow(text: "A", pair: "B", label: "1", id: "0", line: 2)
      ),
    ]
    #expect(Set(cases.map(\.0)) == Set(GlueTask.allCases))
    for (task, text, row) in cases {
      #expect(try rows(text, "x.tsv", RowLayout(glue: task)) == [row], "\(task)")
      let isKnown = row.label.map { task.labels?.contains($0) ?? (Float($0) != nil) }
      #expect(isKnown == true, "\(task)")
    }
    #expect(GlueTask.mnli.labels == ["contradiction", "entailment", "neutral"])
    #expect(GlueTask.mnli.files.map(\.name).contains("dev_mismatched.tsv"))
  }
}
