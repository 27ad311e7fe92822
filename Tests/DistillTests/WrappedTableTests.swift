import Testing

@testable import distill

@Suite struct WrappedTableTests {
  private func table(_ rows: [[String]]) -> Table {
    var table = Table(["stage", "state", "why"], isLeftAligned: true)
    table.rows = rows
    return table
  }

  private let why =
    "num_train_epochs 2 -> 8; all its steps are taken anew: to train further instead"

  @Test func `the last column goes on below itself, broken between words`() {
    let lines = table([["teacher", "stale", why], ["corpus", "done", ""]]).lines(wrapping: 60)
    #expect(
      lines == [
        "stage    state  why",
        "teacher  stale  num_train_epochs 2 -> 8; all its steps are",
        "                taken anew: to train further instead",
        "corpus   done",
      ])
  }

  @Test
  func
    `where there is no room beside the others it goes below the row, and the widest is shortened`()
  {
    let long = String(repeating: "x", count: 60)
    let lines = table([["teacher", long, why]]).lines(wrapping: 40)
    #expect(lines.allSatisfy { $0.count <= 40 }, "\(lines)")
    #expect(lines[2].hasPrefix("teacher  xxx") && lines[2].hasSuffix("x…"))
    #expect(
      lines.dropFirst(3).joined(separator: " ").split(separator: " ").joined(separator: " ") == why)
  }

  @Test func `a program that reads gets whole lines, and so does who has room`() {
    let wide = table([["teacher", "stale", why]])
    #expect(wide.lines(wrapping: nil) == wide.lines && wide.lines(wrapping: 200) == wide.lines)
  }

  @Test(arguments: [
    ("a b c", 3, ["a b", "c"]), ("abcdef gh", 3, ["abcdef", "gh"]), ("abc", 3, ["abc"]),
    ("ab  cd", 3, ["ab ", "cd"]), ("", 3, [""]),
  ])
  func `text is broken between words alone`(text: String, width: Int, lines: [String]) {
    #expect(text.wrapped(to: width) == lines)
  }
}
