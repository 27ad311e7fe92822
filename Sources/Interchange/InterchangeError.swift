import Files

/// A model file or folder that cannot be read or written as asked.
///
/// The description is one line: the file and the tensor or key, what is wrong with it, and the cure.
public struct InterchangeError: Error, CustomStringConvertible, Equatable {
  /// What is wrong, where, and what to do about it.
  public let description: String

  /// Makes an error from its text; control characters in it are made visible.
  public init(_ description: String) {
    self.description = printable(description)
  }
}
