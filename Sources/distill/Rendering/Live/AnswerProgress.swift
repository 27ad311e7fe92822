import Foundation

/// Shows how many rows are answered for, while the answers go elsewhere than to the terminal: a look at the
/// clock after every batch.
final class AnswerProgress {
  private let start = ContinuousClock.now
  private var last = ContinuousClock.now
  private var rows = 0
  private let isDrawn = StandardError.takesBlocks
  /// Whether the answers themselves are on the terminal, which shows enough.
  private let isSeen = isatty(1) == 1

  /// Takes how many rows are answered for.
  func tell(_ rows: Int) {
    self.rows = rows
    let pause = isDrawn ? Duration.milliseconds(250) : .seconds(Display.usualInterval)
    guard !isSeen, ContinuousClock.now - last >= pause else { return }
    last = .now
    if isDrawn {
      Output.screen.show { _, _ in [BlockLine("  " + text)] }
    } else {
      Output.error("  " + text)
    }
  }

  /// Says at the end what was done.
  func end() {
    Output.screen.clear()
    // What could not be written is told instead.
    guard Output.dataFault == nil else { return }
    Output.error("answered: \(text) in \(Figure.duration(seconds))")
  }

  private var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

  /// `12,000 rows, 345 rows/s`.
  private var text: String {
    let amount = rows == 1 ? "1 row" : "\(Figure.grouped(rows)) rows"
    let rate = Double(rows) / max(seconds, 1e-3)
    return rate >= 1 ? amount + ", \(Figure.text(rate.rounded())) rows/s" : amount
  }
}
