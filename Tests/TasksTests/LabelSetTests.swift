import Testing
import Text

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
      try LabelSet(of: rows("b", "10", "9", "B", "\u{E9}"), path: "f").names == [
        "10", "9", "B", "b", "\u{E9}",
      ])
    // Not all integers: by bytes.
    #expect(try LabelSet(of: rows("10", "9", "1.5"), path: "f").names == ["1.5", "10", "9"])
  }

  @Test func `classes are places in the given order`() throws {
    let set = try LabelSet(["negative", "positive"])
    #expect(try set.classes(of: rows("positive", "negative"), path: "f") == [1, 0])
  }

  @Test func `unknown labels are listed with the set`() throws {
    let set = try LabelSet(["0", "1"])
    let wrong = rows("1", "2", "1.0", " 1", "x", "y", "z")
    #expect(
      message { _ = try set.classes(of: wrong, path: "f") }
        == "f:3: 6 rows have unknown labels (line 3: '2', line 4: '1.0', line 5: ' 1', line 6: 'x', "
        + "line 7: 'y'); allowed are '0', '1': correct them, or name all labels")
  }

  @Test func `empty and missing labels are refused by line`() throws {
    let set = try LabelSet(["0", "1"])
    #expect(
      message { _ = try set.classes(of: rows("0", ""), path: "f") }
        == "f:3: the label is empty; fill it in")
    #expect(
      message { _ = try LabelSet(of: rows("0", nil), path: "f") }
        == "f:3: has no label; name the column of the label")
  }

  @Test func `a set needs two different names`() {
    #expect(
      message { _ = try LabelSet(["a"]) } == "labels: there must be at least two classes, not ['a']"
    )
    let repeated = "labels: every name must be given once and none be empty: "
    #expect(message { _ = try LabelSet(["a", "a"]) } == repeated + "['a', 'a']")
    #expect(message { _ = try LabelSet(["a", ""]) } == repeated + "['a', '']")
  }
}
