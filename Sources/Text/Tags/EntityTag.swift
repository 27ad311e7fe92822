/// The tag of a word: where it stands in an entity, and the entity's type.
public struct EntityTag: Sendable, Hashable {
  /// The place in an entity.
  public enum Place: Sendable, Hashable {
    /// In none.
    case outside
    /// The first word, or where a scheme says so the first after an entity of the same type.
    case begin
    /// A further word, or any in schemes that mark beginnings only where they must.
    case inside
    /// The last of several words.
    case end
    /// The only word.
    case single
  }

  /// Where the word stands.
  public let place: Place
  /// The type of the entity; empty outside, and where a scheme has one type without a name.
  public let type: String

  /// Outside any entity.
  public static let outside = EntityTag(.outside)

  /// Makes a tag.
  public init(_ place: Place, _ type: String = "") {
    self.place = place
    self.type = type
  }

  /// Reads `O`, or a letter with the type behind a hyphen: B, I or M, E or L, S or U; nil for anything else.
  ///
  /// M alone is no tag: it is more often the name of a class. What the hyphen is followed by is the type, further hyphens and all, as for seqeval.
  public init?(_ text: some StringProtocol) {
    guard let letter = text.unicodeScalars.first else { return nil }
    let rest = text.unicodeScalars.dropFirst()
    if letter == "O", rest.isEmpty {
      self = .outside
      return
    }
    guard let place = Self.places[letter],
      rest.isEmpty ? letter != "M" : rest.first == "-" && rest.count > 1
    else { return nil }
    self.init(place, String(String.UnicodeScalarView(rest.dropFirst())))
  }

  /// Whether names are classes of words, such as parts of speech, rather than tags of entities: some are
  /// no tag of an entity, and none is one with a type.
  public static func areClasses(_ names: some Sequence<String>) -> Bool {
    var isOther = false
    for name in names {
      guard let tag = EntityTag(name) else {
        isOther = true
        continue
      }
      if !tag.type.isEmpty { return false }
    }
    return isOther
  }

  /// As it is written, in the letters O, B, I, E and S.
  public var text: String {
    let letter =
      switch place {
      case .outside: "O"
      case .begin: "B"
      case .inside: "I"
      case .end: "E"
      case .single: "S"
      }
    return type.isEmpty ? letter : letter + "-" + type
  }

  /// Whether a name is for what is no word, as taggers have outputs for: special tokens (`[CLS]`, `<pad>`, `PAD`),
  /// and pieces of a word behind its first (`X`).
  public static func isForNoWord(_ name: String) -> Bool {
    if ["X", "PAD"].contains(name.uppercased()) { return true }
    guard name.count > 2, let first = name.first, let last = name.last else { return false }
    return first == "[" && last == "]" || first == "<" && last == ">"
  }

  /// What the letters mean; M is BMES's I, L and U are BILOU's E and S.
  private static let places: [Unicode.Scalar: Place] = [
    "B": .begin, "I": .inside, "M": .inside, "E": .end, "L": .end, "S": .single, "U": .single,
  ]
}
