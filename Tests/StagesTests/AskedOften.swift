import Synchronization

/// Counts how often a stage asks whether it is to stop.
final class AskedOften: Sendable {
  private let count = Mutex(0)

  /// Whether it asked more than `times`, this one included.
  func isMoreThan(_ times: Int) -> Bool {
    count.withLock {
      $0 += 1
      return $0 > times
    }
  }
}
