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

  /// Reads `90s`, `30m`, `12h`, `30d`, `4w`.
  ///
  /// - Returns: Seconds; nil where it is none of these.
  public static func seconds(_ text: String) -> Double? {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
    return quantity(text) { units[$0] }
  }

  /// Reads `500MB`, `10GB`, `1.5TiB`, and bytes without a unit.
  ///
  /// - Returns: Bytes; nil where it is none of these.
  public static func bytes(_ text: String) -> Int? {
    let folded = text.lowercased()
    let units: [(name: String, bytes: Double)] = [
      ("kib", 1_024), ("mib", 1_048_576), ("gib", 1_073_741_824), ("tib", 1_099_511_627_776),
      ("kb", 1e3), ("mb", 1e6), ("gb", 1e9), ("tb", 1e12), ("b", 1), ("", 1),
    ]
    for unit in units where folded.hasSuffix(unit.name) {
      let digits = folded.dropLast(unit.name.count).filter { $0 != " " }
      guard let number = Double(digits), (0...1e18).contains(number * unit.bytes) else {
        return nil
      }
      return Int(exactly: (number * unit.bytes).rounded())
    }
    return nil
  }

  private static func quantity(_ text: String, _ unit: (Character) -> Double?) -> Double? {
    guard let last = text.last, let factor = unit(last), let number = Double(text.dropLast()),
      (0...1e11).contains(number * factor)
    else { return nil }
    return number * factor
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
