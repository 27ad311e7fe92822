import Synchronization

/// Somewhere that lines are written to, and where the cursor may be moved.
protocol Terminal: Sendable {
  /// Its size now.
  var size: (columns: Int, rows: Int) { get }
  /// Writes text and control sequences as they are.
  func write(_ text: String)
}

/// A line of a block, which is cut to the width that there is.
struct BlockLine: Sendable, Equatable {
  /// How it looks.
  enum Style: Sendable { case plain, strong, faint }
  /// Plain text.
  let text: String
  /// Its style.
  let style: Style

  init(_ text: String, _ style: Style = .plain) {
    self.text = text
    self.style = style
  }
}

/// A terminal on which lines are printed, and a block of lines is kept in place below them.
///
/// Between two calls the cursor stands at the beginning of the line below the block: whoever ends the
/// program at any time leaves a whole picture. Everything that is printed while there is a block goes
/// through here.
final class Screen: Sendable {
  private struct State {
    /// The columns that each line of the block takes.
    var block: [Int] = []
    /// The lines themselves.
    var shown: [BlockLine] = []
  }
  private let terminal: any Terminal
  private let state = Mutex(State())

  init(_ terminal: any Terminal) { self.terminal = terminal }

  /// Prints a line above the block.
  func line(_ text: String) {
    state.withLock { state in
      guard !state.block.isEmpty else { return terminal.write(text + "\n") }
      let size = terminal.size
      let lines = state.shown
      let erased = erase(&state, size)
      terminal.write(erased + text + "\n" + draw(lines, &state, size))
    }
  }

  /// Shows a block in the place of the one that is there.
  ///
  /// - Parameter lines: Makes it for a width and a height, which it is cut to.
  func show(_ lines: (_ columns: Int, _ rows: Int) -> [BlockLine]) {
    state.withLock { state in
      let size = terminal.size
      let new = lines(size.columns - 1, size.rows)
      let isCut = state.block.contains { $0 > size.columns }
      guard new != state.shown || isCut else { return }
      guard !isCut else {
        // The terminal has wrapped what no longer fits.
        terminal.write(erase(&state, size) + draw(new, &state, size))
        return
      }
      let up = Self.up(state.block.count)
      terminal.write(up + draw(new, &state, size) + "\u{1B}[J")
    }
  }

  /// Takes the block away.
  func clear() {
    state.withLock { state in
      guard !state.block.isEmpty else { return }
      terminal.write(erase(&state, terminal.size))
    }
  }

  /// The same for who ends the program and cannot wait.
  func clearAtOnce() {
    _ = state.withLockIfAvailable { state in
      guard !state.block.isEmpty else { return }
      terminal.write(erase(&state, terminal.size))
    }
  }

  /// What moves the cursor to the first line of the block and takes all below away.
  private func erase(_ state: inout State, _ size: (columns: Int, rows: Int)) -> String {
    // A terminal that became narrower has broken the lines.
    let rows = state.block.reduce(0) { rows, width in
      rows + max(1, (width + size.columns - 1) / max(1, size.columns))
    }
    state.block = []
    state.shown = []
    return Self.up(rows) + "\u{1B}[J"
  }

  /// The lines, each with what was there before taken away behind it.
  private func draw(
    _ lines: [BlockLine], _ state: inout State, _ size: (columns: Int, rows: Int)
  ) -> String {
    let texts = lines.prefix(max(0, size.rows - 1)).map { line in
      // In the last column terminals differ about when they wrap.
      (Self.cut(line.text, to: size.columns - 1), line.style)
    }
    state.block = texts.map { Self.width($0.0) }
    state.shown = lines
    return texts.map { text, style in
      let styled =
        switch style {
        case .plain: text
        case .strong: "\u{1B}[1m\(text)\u{1B}[0m"
        case .faint: "\u{1B}[2m\(text)\u{1B}[0m"
        }
      return styled + "\u{1B}[K\n"
    }.joined()
  }

  private static func up(_ rows: Int) -> String { rows > 0 ? "\r\u{1B}[\(rows)A" : "\r" }

  /// Columns that a text takes at most: letters beyond ASCII may take two.
  static func width(_ text: String) -> Int {
    text.reduce(0) { $0 + ($1.isASCII ? 1 : 2) }
  }

  /// As much of a text as fits.
  static func cut(_ text: String, to columns: Int) -> String {
    guard width(text) > columns else { return text }
    var (kept, room) = ("", max(0, columns - 3))
    for letter in text {
      room -= letter.isASCII ? 1 : 2
      guard room >= 0 else { break }
      kept.append(letter)
    }
    return columns >= 3 ? kept + "..." : String(text.prefix(max(0, columns)))
  }
}
