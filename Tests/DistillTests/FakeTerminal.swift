internal import Synchronization

@testable internal import distill

/// A terminal that keeps what it shows, and breaks lines anew when it becomes narrower.
final class FakeTerminal: Terminal {
  private struct Row {
    var letters: [Unicode.Scalar] = []
    /// Whether the row above goes on in it.
    var goesOn = false
  }
  private struct State {
    var columns: Int
    var rows: Int
    var lines = [Row()]
    var row = 0
    var column = 0
    var writes = 0
    /// Whether a letter was ever put into the last column.
    var isFull = false
  }
  private let state: Mutex<State>

  init(columns: Int = 80, rows: Int = 24) {
    state = Mutex(State(columns: columns, rows: rows))
  }

  var size: (columns: Int, rows: Int) { state.withLock { ($0.columns, $0.rows) } }
  var writes: Int { state.withLock(\.writes) }
  var isFull: Bool { state.withLock(\.isFull) }

  /// What is on it, without the empty lines at the end.
  var lines: [String] {
    var lines = state.withLock { state in
      state.lines.map { row in
        var text = ""
        text.unicodeScalars.append(contentsOf: row.letters)
        return text
      }
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// The row and column of the cursor.
  var cursor: (Int, Int) { state.withLock { ($0.row, $0.column) } }

  func write(_ text: String) {
    state.withLock { state in
      state.writes += 1
      var rest = Array(text.unicodeScalars)[...]
      while let letter = rest.popFirst() {
        switch letter {
        case "\r": state.column = 0
        case "\n":
          state.row += 1
          state.column = 0
          if state.row == state.lines.count { state.lines.append(Row()) }
        case "\u{1B}": Self.obey(&rest, &state)
        default: Self.put(letter, &state)
        }
      }
    }
  }

  private static func put(_ letter: Unicode.Scalar, _ state: inout State) {
    if state.column == state.columns {
      state.row += 1
      state.column = 0
      state.lines.insert(Row(goesOn: true), at: state.row)
    }
    var letters = state.lines[state.row].letters
    while letters.count <= state.column { letters.append(" ") }
    letters[state.column] = letter
    state.lines[state.row].letters = letters
    state.column += 1
    if state.column == state.columns { state.isFull = true }
  }

  /// Takes a control sequence: `[`, a number, a letter.
  private static func obey(_ rest: inout ArraySlice<Unicode.Scalar>, _ state: inout State) {
    _ = rest.popFirst()
    var number = ""
    while let letter = rest.popFirst() {
      guard !("0"..."9").contains(letter) else {
        number.unicodeScalars.append(letter)
        continue
      }
      switch letter {
      case "A": state.row = max(0, state.row - (Int(number) ?? 1))
      case "K": clearRow(&state)
      case "J":
        clearRow(&state)
        state.lines.removeLast(state.lines.count - state.row - 1)
      default: break
      }
      return
    }
  }

  private static func clearRow(_ state: inout State) {
    let row = state.lines[state.row]
    state.lines[state.row].letters = Array(row.letters.prefix(state.column))
  }

  /// Changes the size; rows are joined and broken anew.
  func resize(columns: Int, rows: Int) {
    state.withLock { state in
      var joined: [[Unicode.Scalar]] = []
      var cursor = 0
      for (place, row) in state.lines.enumerated() {
        if row.goesOn {
          joined[joined.count - 1] += row.letters
        } else {
          joined.append(row.letters)
        }
        if place == state.row { cursor = joined.count - 1 }
      }
      (state.columns, state.rows) = (columns, rows)
      var broken: [Row] = []
      for (place, letters) in joined.enumerated() {
        if place == cursor { state.row = broken.count }
        var start = 0
        repeat {
          let end = min(letters.count, start + columns)
          broken.append(Row(letters: Array(letters[start..<end]), goesOn: start > 0))
          start = end
        } while start < letters.count
      }
      state.lines = broken
    }
  }
}
