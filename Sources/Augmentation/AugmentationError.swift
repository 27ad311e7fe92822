internal import Files

/// Why words could not be read or candidates not be found, in one line.
public struct AugmentationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What, where, why and the cure.
  public let description: String

  init(_ description: String) {
    self.description = printable(description)
  }
}
