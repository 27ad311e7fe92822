internal import Foundation

/// What all the answers to one question may come to: a server can make its pages small, long or slow, and
/// say each time that there is one more.
struct AnswerBudget {
  /// The most that one answer may be; while so much is left, another is asked for.
  static let answer = 1 << 27
  private var bytes = 1 << 29
  private var requests = 2_000
  private let end = Date.now.addingTimeInterval(300)

  /// Whether nothing more is asked.
  var isSpent: Bool { bytes < Self.answer || requests <= 0 || Date.now >= end }

  /// Counts an answer.
  mutating func take(_ count: Int) {
    bytes -= min(bytes, count)
    requests -= 1
  }
}
