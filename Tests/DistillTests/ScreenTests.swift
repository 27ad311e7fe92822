internal import Testing

@testable internal import distill

@Suite struct ScreenTests {
  private func block(_ texts: [String]) -> (Int, Int) -> [BlockLine] {
    { _, _ in texts.map { BlockLine($0) } }
  }

  @Test func `a block stays below what is printed, and is gone when it is cleared`() {
    let terminal = FakeTerminal()
    let screen = Screen(terminal)
    screen.line("one")
    screen.show(block(["a", "b"]))
    #expect(terminal.lines == ["one", "a", "b"])
    screen.line("two")
    screen.show(block(["aa", "b", "c"]))
    #expect(terminal.lines == ["one", "two", "aa", "b", "c"])
    screen.show(block(["d"]))
    #expect(terminal.lines == ["one", "two", "d"])
    // Whoever ends the program now leaves the cursor below the picture.
    #expect(terminal.cursor == (3, 0))
    screen.clear()
    screen.line("three")
    #expect(terminal.lines == ["one", "two", "three"])
  }

  @Test func `nothing is written where nothing is new`() {
    let terminal = FakeTerminal()
    let screen = Screen(terminal)
    screen.show(block(["a"]))
    screen.show(block(["a"]))
    #expect(terminal.writes == 1)
  }

  @Test func `no line reaches the last column, and no block the height of the terminal`() {
    let terminal = FakeTerminal(columns: 20, rows: 4)
    let screen = Screen(terminal)
    let long = String(repeating: "x", count: 50)
    screen.show(block(Array(repeating: long, count: 9)))
    #expect(terminal.lines == Array(repeating: String(long.prefix(16)) + "...", count: 3))
    #expect(!terminal.isFull)
    screen.show(block(["schöner Text ä ö ü ß und mehr"]))
    #expect(terminal.lines.count == 1 && !terminal.isFull)
  }

  @Test(arguments: [(60, 24), (31, 10), (25, 3), (100, 40)])
  func `nothing is left broken when the window changes its size`(columns: Int, rows: Int) {
    let terminal = FakeTerminal(columns: 70, rows: 24)
    let screen = Screen(terminal)
    screen.line("one")
    screen.show(block([String(repeating: "a", count: 65), "b", String(repeating: "c", count: 40)]))
    terminal.resize(columns: columns, rows: rows)
    screen.show { columns, _ in [BlockLine(String(repeating: "d", count: columns)), BlockLine("e")]
    }
    let line = String(repeating: "d", count: columns - 1)
    #expect(terminal.lines == ["one", line, "e"])
    terminal.resize(columns: 22, rows: 20)
    screen.line("two")
    #expect(terminal.lines.prefix(2) == ["one", "two"])
    screen.clear()
    #expect(terminal.lines == ["one", "two"])
  }
}
