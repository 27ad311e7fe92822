import Files
import Testing
import Text
import Training

@testable import Tasks

struct LabelSetTests {
  private func message(_ body: () throws -> Void) -> String {
    #expect(throws: TextError.self, performing: body)?.description ?? ""
  }

  private func rows(_ labels: String?...) -> [LabelledRow] {
    labels.enumerated().map { LabelledRow(text: "t", label: $1, line: $0 + 2) }
  }

  @Test func `labels are sorted by number or by their bytes`() throws {
    #expect(try LabelSet(of: rows("10", "9", "-1", "9"), path: "f").names == ["-1", "9", "10"])
    #expect(
      try LabelSet(of: rows("b", "10", "9", "B2", "\u{E9}"), path: "f").names == [
        "10", "9", "B2", "b", "\u{E9}",
      ])
  }

  @Test(arguments: ["0.5", ".5", "1e-3", "nan", "NaN", "1.5"])
  func `a label that is a number and no whole one is refused, unless it is named`(label: String)
    throws
  {
    let some = rows("1", label, "0")
    #expect(
      message { _ = try LabelSet(of: some, path: "f") }
        == "f:3: 1 rows have a number, not a class (line 3: '\(label)'); give --task regression to "
        + "learn numbers, or all names with --labels if they are names of classes")
    #expect(try LabelSet(["0", "1", label]).classes(of: some, path: "f") == [1, 2, 0])
  }

  @Test(arguments: [
    "['good', 'short']", #"["good"]"#, "[]", "[0 1]", "('a', 'b')", "{'a'}", "['a',\n 'b']",
  ])
  func `a label that is a list is refused, unless it is named`(label: String) throws {
    let some = rows("bad", label)
    #expect(
      message { _ = try LabelSet(of: some, path: "f") }
        == "f:3: 1 rows have a list, not a class (line 3: '\(printable(label))'); give --task multi-label, "
        + "or all names with --labels if they are names of classes")
    guard printable(label) == label else { return }
    #expect(try LabelSet(["bad", label]).classes(of: some, path: "f") == [0, 1])
  }

  @Test func `a list of fractions is what a model answered`() {
    #expect(
      message { _ = try LabelSet(of: rows("[0.1, 0.9]", "[.5 .5]"), path: "f") }
        == "f:2: 2 rows have a list, not a class (line 2: '[0.1, 0.9]', line 3: '[.5 .5]'); if a model "
        + "answered so, call the column 'probabilities' or 'logits' and name the classes in their order with "
        + "--labels a,b,...")
  }

  @Test func `what stands for no label elsewhere is asked about where others have none of it`()
    throws
  {
    let set = try LabelSet(["0", "1"])
    #expect(
      message { _ = try set.classes(of: rows("1", "-1"), path: "f") }
        == "f:3: 1 rows have '-1', which no row to learn from has; give --labels 0,1 if it stands for no "
        + "label, beside --skip-unlabelled-rows")
  }

  @Test func `a whole number written as a fraction is that number, unless it is named so`() throws {
    let some = rows("0.0", "1", "1.0", "0.", "-2.00")
    #expect(try LabelSet(of: some, path: "f").names == ["-2", "0", "1"])
    #expect(try LabelSet(["0", "1", "-2"]).classes(of: some, path: "f") == [0, 1, 1, 0, 2])
    #expect(try LabelSet(["0.0", "1.0"]).classes(of: rows("0.0", "1"), path: "f") == [0, 1])
    #expect(try LabelSet(["1", "1.0"]).classes(of: rows("1.0", "1"), path: "f") == [1, 0])
  }

  @Test func `labels that differ in case or space alone are refused, unless they are named`() throws
  {
    let some = rows("yes", "no", "Yes")
    #expect(
      message { _ = try LabelSet(of: some, path: "f") }
        == "f: the labels 'Yes' and 'yes' differ in case or space alone; write them alike, or give "
        + "all names with --labels")
    #expect(message { _ = try LabelSet(of: rows("no", " no"), path: "f") }.contains("alone"))
    #expect(message { _ = try LabelSet(of: rows("1", "01"), path: "f") }.contains("are one number"))
    #expect(try LabelSet(["Yes", "no", "yes"]).classes(of: some, path: "f") == [2, 1, 0])
  }

  @Test func `one word in two Unicode normal forms is refused, not merged`() throws {
    #expect(
      message { _ = try LabelSet(of: rows("caf\u{E9}", "no", "cafe\u{301}"), path: "f") }
        .contains("is spelt in two ways that look alike (Unicode normal forms)"))
  }

  @Test func `classes are places in the given order`() throws {
    let set = try LabelSet(["negative", "positive"])
    #expect(try set.classes(of: rows("positive", "negative"), path: "f") == [1, 0])
  }

  @Test func `unknown labels are listed with the set`() throws {
    let set = try LabelSet(["0", "1"])
    let wrong = rows("1", "2", "1.5", " 1", "x", "y", "z")
    #expect(
      message { _ = try set.classes(of: wrong, path: "f") }
        == "f:3: 6 rows have unknown labels (line 3: '2', line 4: '1.5', line 5: ' 1', line 6: 'x', "
        + "line 7: 'y'); allowed are '0', '1': correct them, or name all labels with --labels as rows have "
        + "them (a name with space around it stands in quotation marks: '\" 1\",...')")
  }

  @Test func `some rows without label are refused by line, unless they may be missing`() throws {
    let task = ClassificationTask()
    let labels = ["0", "1"]
    for some in [rows("0", ""), rows("0", nil), rows("0", " ")] {
      #expect(
        message {
          _ = try task.targets(of: some, labels: labels, path: "f", allowsMissing: false)
        }
          == "f:3: 1 of 2 rows have no label (line 3); fill them in, leave them out with "
          + "--skip-unlabelled-rows, or give --allow-missing-labels to distil with them")
      #expect(
        try task.targets(of: some, labels: labels, path: "f", allowsMissing: true)
          == [.label(0), .none])
    }
  }

  @Test func `rows none of which has a label need no leave, but the names of classes`() throws {
    let task = ClassificationTask()
    for none in [rows(nil, nil), rows("", ""), rows("-1", "-1")] {
      #expect(
        try task.targets(of: none, labels: ["0", "1"], path: "f", allowsMissing: false)
          == [.none, .none])
    }
    #expect(
      message { _ = try LabelSet(of: rows(nil, nil), path: "f") }
        == "f:2: has no label; name the column with --label-column, or give all classes with "
        + "--labels if the rows have none")
    #expect(
      try task.targets(
        of: rows("-1", "-1"), labels: ["-1", "1"], path: "f", allowsMissing: false)
        == [.label(0), .label(0)])
    #expect(
      message { _ = try LabelSet(of: rows("", ""), path: "f") }.contains("no row has a label"))
  }

  @Test func `a set needs two different names of one line each`() {
    #expect(
      message { _ = try LabelSet(["a"]) } == "labels: there must be at least two classes, not ['a']"
    )
    let repeated = "labels: every name must be given once and none be empty: "
    #expect(message { _ = try LabelSet(["a", "a"]) } == repeated + "['a', 'a']")
    #expect(message { _ = try LabelSet(["a", ""]) } == repeated + "['a', '']")
    #expect(message { _ = try LabelSet(["a", "b\nc"]) }.contains("control characters; rename it"))
  }
}
