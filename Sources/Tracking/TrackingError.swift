internal import Files

/// Why metrics cannot be kept or read.
public struct TrackingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file, with the line where there is one.
  public let path: String
  /// What is wrong.
  public let reason: String

  /// `path: reason`.
  public var description: String { "\(printable(path)): \(printable(reason))" }
}
