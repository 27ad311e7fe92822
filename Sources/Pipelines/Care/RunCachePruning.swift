internal import Files
internal import Foundation

/// How much of the run cache stays: what is over any of the limits goes, the oldest first.
public struct RunCacheLimits: Sendable, Equatable {
  /// So many attempts a stage; nil for no such limit.
  public var attempts: Int?
  /// What ended no longer ago, in seconds; nil for no such limit.
  public var age: Double?
  /// So many bytes in all; nil for no such limit.
  public var bytes: Int?

  /// Limits.
  public init(attempts: Int? = nil, age: Double? = nil, bytes: Int? = nil) {
    self.attempts = attempts
    self.age = age
    self.bytes = bytes
  }
}

/// Which entries of a run cache go.
struct RunCachePruning {
  private struct Item {
    let path: String
    let what: String
    let stage: String
    /// When the attempt ended, in seconds since 1970.
    let time: Double
    let bytes: Int
  }

  private let limits: RunCacheLimits
  private let now: Double

  init(_ limits: RunCacheLimits, now: Double = Date.now.timeIntervalSince1970) {
    self.limits = limits
    self.now = now
  }

  /// The paths that go, with the reason.
  ///
  /// - Throws: `FileError` if something cannot be examined.
  func overdue(in cache: RunCache) throws -> [(path: String, reason: String)] {
    var gone: [(path: String, reason: String)] = []
    var items: [Item] = []
    for (path, entry) in try cache.entries() {
      guard let attempt = entry?.attempt else {
        gone.append((path, "its record is damaged"))
        continue
      }
      items.append(
        Item(
          path: path, what: "made by attempt \(attempt.id.prefix(8)) at \(attempt.stage)",
          stage: attempt.stage, time: Self.time(of: attempt), bytes: try soleSize(path)))
    }
    // The newest first.
    items.sort { ($0.time, $0.path) > ($1.time, $1.path) }
    var counts: [String: Int] = [:]
    var total = 0
    for item in items {
      counts[item.stage, default: 0] += 1
      total += item.bytes
      let reason: String? =
        if let age = limits.age, now - item.time > age {
          "older than the limit"
        } else if let attempts = limits.attempts, counts[item.stage, default: 0] > attempts {
          "\(attempts) newer ones stay"
        } else if let bytes = limits.bytes, total > bytes {
          "the newer ones take the room that is given"
        } else {
          nil
        }
      guard let reason else { continue }
      total -= item.bytes
      gone.append((item.path, "\(item.what), \(reason)"))
    }
    return gone
  }

  private static func time(of attempt: AttemptRecord) -> Double {
    let text = attempt.record.finished ?? attempt.record.started
    return (try? Date(text, strategy: .iso8601))?.timeIntervalSince1970 ?? 0
  }
}
