/// What is asked between the pieces of a file that is digested.
public enum LongReading {
  /// Throws where the reading is to end, as when a signal has come; set for a stretch of work by
  /// `$check.withValue`.
  @TaskLocal public static var check: @Sendable () throws -> Void = {}
}
