import TestSupport
import Testing
import Text

/// Rows of which each may have several labels.
@Suite struct SeveralLabelsTests {
  private func answers(
    _ text: String, _ name: String, _ labels: SeveralLabels, column: String? = nil
  ) throws -> [RowAnswer] {
    try withTemporaryFolder { folder in
      var layout = RowLayout(text: nil, label: column)
      layout.severalLabels = labels
      return try RowReader.rows(of: try write(text, folder, name), layout: layout).map(\.answer)
    }
  }

  private func refusal(_ text: String, _ name: String, _ labels: SeveralLabels) throws -> String {
    try withTemporaryFolder { folder in
      var layout = RowLayout()
      layout.severalLabels = labels
      let path = try write(text, folder, name)
      return message { _ = try RowReader.rows(of: path, layout: layout) }
        .replacing(folder + "/", with: "")
    }
  }

  @Test func `labels stand in one column between separators`() throws {
    let tsv = "sentence\tlabel\na\tx, y\nb\t\nc\tz\n"
    #expect(
      try answers(tsv, "f.tsv", .separated(by: ","))
        == [.labels(["x", "y"]), .labels([]), .labels(["z"])])
    let csv = "sentence,tags\na,\"x,y\"\nb,x;y\n"
    #expect(
      try answers(csv, "f.csv", .separated(by: ";"), column: "tags")
        == [.labels(["x,y"]), .labels(["x", "y"])])
    #expect(try answers("sentence\na\n", "f.tsv", .separated(by: ",")) == [.none])
    let spaces = "sentence\tlabel\na\tx y\n"
    #expect(try answers(spaces, "f.tsv", .separated(by: " ")) == [.labels(["x", "y"])])
  }

  @Test func `JSON has a list, a text between separators, or null for what is not known`() throws {
    let text = """
      {"sentence": "a", "label": ["x", "y, z", 3]}
      {"sentence": "b", "label": []}
      {"sentence": "c", "label": "x,y"}
      {"sentence": "d", "label": null}
      {"sentence": "e"}

      """
    #expect(
      try answers(text, "f.jsonl", .separated(by: ","))
        == [
          .labels(["x", "y, z", "3"]), .labels([]), .labels(["x", "y"]), .label(""), .none,
        ])
  }

  @Test(arguments: [
    ("['a', 'b, c']", ["a", "b, c"]), ("[]", []), (" [\"a\", 'it\\'s'] ", ["a", "it's"]),
    ("[\"a\", \"b\"]", ["a", "b"]), ("[1, 0, 1]", ["1", "0", "1"]), ("['x']", ["x"]),
    ("['a' 'b c']", ["a", "b c"]), ("[ 0  12]", ["0", "12"]), ("[0. 1.]", ["0", "1"]),
    ("[0.5 1. ]", ["0.5", "1"]), ("[2]", ["2"]), ("[2.]", ["2"]),
    ("[joke], x", ["[joke]", "x"]),
  ])
  func `a list in a cell is read as JSON and Python write it`(cell: String, labels: [String]) throws
  {
    #expect(
      try answers("sentence\tlabel\na\t\(cell)\n", "f.tsv", .separated(by: ","))
        == [.labels(labels)])
  }

  @Test(arguments: [
    "['a''b']", "['a', 'b'", "['a', b]", "{'a', 'b'}", "[a, b]", "[['a'], ['b']]", "['\\x41']",
    "[null, \"a\"]", "['a',]",
  ])
  func `what looks like a list and is none is refused, not cut at its commas`(cell: String) throws {
    let told = try refusal("sentence\tlabel\na\t\(cell)\n", "f.tsv", .separated(by: ","))
    #expect(
      told == "f.tsv:2: its labels look like a list and cannot be read as one: \(cell); write "
        + "[\"a\", \"b\"], or the labels alone with ',' between them")
  }

  @Test func `a column a label holds 0 and 1, or nothing where nothing is known`() throws {
    let tsv = "sentence\tgood\tfunny\tlong\na\t1\t0\t1.0\nb\t0\t0\tfalse\nc\t-1\t-1\t-1\nd\t\t\t\n"
    #expect(
      try answers(tsv, "f.tsv", .columns(["long", "good", "funny"]))
        == [.labels(["long", "good"]), .labels([]), .label(""), .label("")])
    let json = """
      {"sentence": "a", "x": 1, "y": false}
      {"sentence": "b", "x": null, "y": null}

      """
    #expect(
      try answers(json, "f.jsonl", .columns(["x", "y"])) == [.labels(["x"]), .label("")])
  }

  @Test(
    arguments: [
      (
        "sentence\tlabel\na\tx,,y\n", "f.tsv", SeveralLabels.separated(by: ","),
        "f.tsv:2: one of its labels is empty; write each once, and nothing between"
      ),
      (
        "{\"sentence\":\"a\",\"label\":[\"x\",[1]]}\n", "f.jsonl", .separated(by: ","),
        "f.jsonl:1: 'label' holds other than strings and numbers; list labels alone"
      ),
      (
        "{\"sentence\":\"a\",\"label\":{}}\n", "f.jsonl", .separated(by: ","),
        "f.jsonl:1: 'label' is an object; it must be a list of labels"
      ),
      (
        "sentence\tx\na\t2\n", "f.tsv", .columns(["x"]),
        "f.tsv:2: 'x' is '2', neither 0 nor 1; correct it, or name other columns with --label-columns"
      ),
      (
        "sentence\tx\ty\na\t1\t-1\n", "f.tsv", .columns(["x", "y"]),
        "f.tsv:2: 'y' is '-1', neither 0 nor 1; correct it, or name other columns with "
          + "--label-columns"
      ),
      (
        "sentence\tx\na\t1\n", "f.tsv", .columns(["x", "y"]),
        "f.tsv:1: has no column 'y', only 'sentence', 'x'; name one of these"
      ),
      (
        "{\"sentence\":\"a\",\"x\":1,\"y\":0}\n{\"sentence\":\"b\",\"x\":1}\n", "f.jsonl",
        .columns(["x", "y"]), "f.jsonl:2: 'y' is missing; it must be 0 or 1"
      ),
    ])
  func `a fault is one line with place and cure`(
    text: String, name: String, labels: SeveralLabels, expected: String
  ) throws {
    #expect(try refusal(text, name, labels) == expected)
  }

  @Test func `who only wants texts is not stopped by labels of any kind`() throws {
    try withTemporaryFolder { folder in
      var layout = RowLayout()
      layout.readsAnswers = false
      let text = "{\"sentence\":\"a\",\"label\":[1]}\n{\"sentence\":\"b\",\"label\":{}}\n"
      let rows = try RowReader.rows(of: try write(text, folder, "f.jsonl"), layout: layout)
      #expect(rows.map(\.answer) == [.none, .none])
    }
  }
}
