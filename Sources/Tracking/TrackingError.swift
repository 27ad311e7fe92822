internal import Files

/// Why metrics cannot be kept or read.
struct TrackingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file, with the line where there is one.
  let path: String
  /// What is wrong.
  let reason: String

  /// `path: reason`.
  var description: String { "\(printable(path)): \(printable(reason))" }
}
