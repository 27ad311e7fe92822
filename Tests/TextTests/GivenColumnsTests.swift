import Files
import TestSupport
import Testing
import Text

/// Files without header, whose columns are named.
struct GivenColumnsTests {
  private func layout(_ names: String) -> RowLayout {
    var layout = RowLayout()
    layout.columnNames = names.split(separator: ",", omittingEmptySubsequences: false).map(
      String.init)
    return layout
  }

  private func refusal(_ text: String, _ name: String, _ columns: String) throws -> String {
    try withTemporaryFolder { folder in
      let path = try write(text, folder, name)
      return message { _ = try RowReader.rows(of: path, layout: layout(columns)) }
        .replacing(folder + "/", with: "")
    }
  }

  @Test func `the first line is a row, and the names find text, pair, label and id`() throws {
    try withTemporaryFolder { folder in
      let cola = try write("gj04\t1\t\tOur \"friends.\ngj04\t0\t*\tThem.\n", folder, "x.tsv")
      #expect(
        try RowReader.rows(of: cola, layout: layout("_,label,_,sentence")) == [
          LabelledRow(text: "Our \"friends.", label: "1", line: 1),
          LabelledRow(text: "Them.", label: "0", line: 2),
        ])
      let pairs = try write("a,\"b, c\",5.0,x\nd,e,0.5,y\n", folder, "x.csv")
      #expect(
        try RowReader.rows(of: pairs, layout: layout("sentence1,sentence2,Label,id")) == [
          LabelledRow(text: "a", pair: "b, c", label: "5.0", id: "x", line: 1),
          LabelledRow(text: "d", pair: "e", label: "0.5", id: "y", line: 2),
        ])
      var named = layout("body,_")
      named.text = .named("body")
      #expect(
        try RowReader.rows(of: try write("a\t1\n", folder, "y.tsv"), layout: named)
          == [LabelledRow(text: "a", line: 1)])
    }
  }

  @Test(arguments: [
    (
      "a\t1\tx\n", "x.tsv", "sentence,label",
      "x.tsv:1: has 3 columns, --columns names 2; name every column, _ for one that is not read"
    ),
    (
      "a\n", "x.txt", "sentence", "x.txt: is txt, which has no columns to name; leave --columns out"
    ),
    (
      "{}\n", "x.jsonl", "sentence",
      "x.jsonl: is jsonl, which has no columns to name; leave --columns out"
    ),
    (
      "a\t1\nb\n", "x.tsv", "sentence,label",
      "x.tsv:2: has 1 columns, the first row has 2; correct the row"
    ),
    (
      "a\t1\n", "x.tsv", "review,label",
      "x.tsv:1: has no column 'sentence', 'text' or 'sentence1', only 'review', 'label'; name the "
        + "column of the text with --text-column"
    ),
  ])
  func `what does not fit is one line with place and cure`(
    _ text: String, _ name: String, _ columns: String, _ expected: String
  ) throws {
    #expect(try refusal(text, name, columns) == expected)
  }

  @Test func `the cure of a header and of a number of columns works`() throws {
    try withTemporaryFolder { folder in
      let path = try write("sentence\tlabel\na\t1\n", folder, "x.tsv")
      #expect(try RowReader.rows(of: path).count == 1)
      let three = try write("a\t1\tx\n", folder, "y.tsv")
      #expect(try RowReader.rows(of: three, layout: layout("sentence,label,_")).count == 1)
    }
  }

  @Test func `a first row that says some of the names is a row, and told`() throws {
    try withTemporaryFolder { folder in
      let reader = try RowReader(
        try write("text\tlabel\na\t1\n", folder, "x.tsv"), layout: layout("sentence,label"))
      #expect(try reader.next()?.text == "text")
      #expect(
        reader.remarks.map { $0.replacing(folder + "/", with: "") } == [
          "x.tsv:1: the first row says 'label' in the column of that name, and it is taken as a row; if "
            + "it is a header, leave --columns out"
        ])
    }
  }

  @Test(arguments: [
    ("sentence\tlabel\na\t1\n", "x.tsv", "sentence,label"),
    ("Sentence,x,LABEL\na,b,1\n", "x.csv", "sentence,_,label"),
  ])
  func `a header that says the names is no row, and that is told`(
    text: String, name: String, columns: String
  ) throws {
    try withTemporaryFolder { folder in
      let reader = try RowReader(try write(text, folder, name), layout: layout(columns))
      #expect(try reader.next() == LabelledRow(text: "a", label: "1", line: 2))
      #expect(try reader.next() == nil)
      #expect(
        reader.remarks.map { $0.replacing(folder + "/", with: "") } == [
          "\(name):1: the first row says the names of --columns itself: it is a header, and no row"
        ])
    }
  }

  @Test(
    arguments: [
      (["sentence", "label"], nil), (["_", "_", "a"], nil), ([], nil),
      (["a", ""], "one name is empty; name every column, _ for one that is not read"),
      (["a", "a"], "'a' is named twice; name a column that is not read _"),
      (["_"], "no column has a name; name those that are to be read"),
    ] as [([String], String?)])
  func `names that cannot be are told`(names: [String], fault: String?) {
    #expect(RowLayout.fault(inColumns: names) == fault)
  }

  @Test(arguments: [
    ("1", 1000, 1), ("2000", 1000, 1000), ("10%", 1000, 100), ("0.1%", 1000, 1), ("100%", 7, 7),
    ("50%", 7, 4), ("0.01%", 10, 1),
  ])
  func `an amount is a number or a share, one at least and all at most`(
    text: String, total: Int, count: Int
  ) {
    #expect(RowAmount(text)?.count(of: total) == count)
    #expect(RowAmount(text).map { "\($0)" } == text)
  }

  @Test(arguments: [
    "", "0", "-1", "1.5", "1e3", "10 %", "%", "0%", "101%", "-1%", "nan%", "1_000", "ten",
    "99999999999999999999", "1.2.3%",
  ])
  func `what is no amount is none`(text: String) { #expect(RowAmount(text) == nil) }

  @Test(arguments: [
    ("x.tsv.gz", RowFormat.tsv), ("x.CSV.ZST", .csv), ("a.b/x.jsonl.zstd", .jsonl), ("x.txt", .txt),
    ("x.txt.gzip", .txt),
  ])
  func `the format is that of the name before a packer's ending`(name: String, format: RowFormat)
    throws
  {
    #expect(try RowFormat(ofFile: name) == format)
  }

  @Test(arguments: ["x.gz", "x.tsv.bz2", "x.xz", "x.gz.tsv.zip", "x.tsv.gz.gz", "gz", "x"])
  func `a name without format is refused, and so is another packer's`(name: String) {
    let refusal = message { _ = try RowFormat(ofFile: name) }
    #expect(
      refusal.hasSuffix(
        name.hasSuffix("2") || name.hasSuffix("xz") || name.hasSuffix("zip")
          ? "unpack it, or pack it with gzip or zstd" : "rename the file, or give --format"),
      "\(refusal)")
  }
}
