/// What a file says is right for a row.
public enum RowAnswer: Sendable, Hashable {
  /// The file has no place for it.
  case none
  /// A label or a number as written; empty where the row leaves it out.
  case label(String)
  /// The labels that apply, as written; none where it is known that none does.
  case labels([String])
  /// A tag for each of its words, as written.
  case tags([String])
  /// Stretches of the second text, each of which is right; none where it does not hold the answer.
  case spans([TextSpan])
}

/// A stretch of a text.
public struct TextSpan: Sendable, Hashable {
  /// What stands there.
  public var text: String
  /// The Unicode scalars of the whole that it is.
  public var range: Range<Int>

  /// A stretch that begins with the scalar `start`.
  public init(_ text: String, at start: Int) {
    self.text = text
    range = start..<start + text.unicodeScalars.count
  }
}
