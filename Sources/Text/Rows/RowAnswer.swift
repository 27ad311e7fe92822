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
}
