import Files

/// A model file or folder that cannot be read or written as asked.
///
/// The description is one line: the file and the tensor or key, what is wrong with it, and the cure.
public struct InterchangeError: Error, CustomStringConvertible, Equatable {
  /// What is wrong, where, and what to do about it.
  public let description: String

  /// Makes an error from its text; control characters in it are made visible, and a text that a
  /// hostile file has blown up is cut.
  public init(_ description: String) {
    let limit = 32_000
    let visible = printable(String(description.unicodeScalars.prefix(limit + 1)))
    let isLong = visible.utf8.count > limit
    self.description = isLong ? String(visible.unicodeScalars.prefix(limit / 4)) + " ..." : visible
  }
}
