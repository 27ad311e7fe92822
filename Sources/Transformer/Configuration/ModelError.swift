/// A configuration or a batch that no model can be built from or run on.
///
/// The description is one line: the key or the place, what is wrong with it, and the cure.
public struct ModelError: Error, CustomStringConvertible, Equatable {
  /// What is wrong, where, and what to do about it.
  public let description: String

  /// Makes an error from its one-line text.
  public init(_ description: String) {
    self.description = description
  }
}
