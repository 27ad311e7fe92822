/// Teacher and student, or the options that match them, do not fit together.
public struct DistillationError: Error, CustomStringConvertible, Equatable {
  /// What does not fit; callers map it to an exit code.
  public enum Kind: Sendable, Equatable {
    /// An entry of a layer map is wrong.
    case layerMap
    /// Widths differ and nothing projects one to the other.
    case projection
    /// Head counts differ and no policy was given.
    case headMismatch
    /// Relation heads or the layers of relations do not fit.
    case relations
    /// Losses, temperature or label share are out of range, or labels differ.
    case options
    /// A teacher's logit that was to be at hand is missing.
    case missingLogits
    /// A teacher's cached states or scores are not those of the example.
    case missingTaps
  }

  /// What does not fit.
  public let kind: Kind
  /// One line: what, where, why and the cure.
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
