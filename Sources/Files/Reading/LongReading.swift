internal import Foundation

/// What is asked between the pieces of a file that is digested.
///
/// Kept for the thread: a task-local value ends a program that is linked to Swift's static library.
public enum LongReading {
  private final class Check {
    let body: () throws -> Void
    init(_ body: @escaping () throws -> Void) { self.body = body }
  }
  private static let key = "distill.LongReading"

  /// Does something long, in which what this thread reads ends when it is to.
  ///
  /// - Parameters:
  ///   - check: Throws where the reading is to end, as when a signal has come.
  ///   - body: What is done.
  /// - Returns: What `body` returns.
  /// - Throws: What `check` and `body` throw.
  public static func asking<Result>(
    _ check: @escaping () throws -> Void, _ body: () throws -> Result
  ) throws -> Result {
    let before = Thread.current.threadDictionary[key]
    Thread.current.threadDictionary[key] = Check(check)
    defer { Thread.current.threadDictionary[key] = before }
    return try body()
  }

  /// Throws where reading is to end.
  static func check() throws {
    try (Thread.current.threadDictionary[key] as? Check)?.body()
  }
}
