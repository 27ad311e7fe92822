internal import Foundation

/// The time of day, as records have it: milliseconds since 1970, UTC.
package enum WallClock {
  /// Now.
  package static var now: Int { milliseconds(Date()) ?? 0 }

  /// The time that a text such as `2026-11-28T16:40:37Z` names; nil for any other text.
  package static func milliseconds(of text: String) -> Int? {
    (try? Date(text, strategy: .iso8601)).flatMap(milliseconds)
  }

  private static func milliseconds(_ date: Date) -> Int? {
    Int(exactly: (date.timeIntervalSince1970 * 1_000).rounded())
  }
}
