internal import Files

/// Reads the text of an `AttemptFilter`.
///
/// ```
/// any        = all { "or" all }
/// all        = one { "and" one }
/// one        = "not" one | "(" any ")" | field comparison literal
/// field      = name | group "." (name | quoted)
/// literal    = word | quoted
/// ```
struct AttemptFilterParser {
  /// The longest filter, in characters.
  static let lengthLimit = 10_000
  /// How deep parentheses and `not` may be nested.
  static let depthLimit = 32

  private static let example =
    "write it as in 'stage = prediction and metrics.dev_accuracy > 0.8'"
  private static let comparisonSigns: Set<Unicode.Scalar> = ["=", "!", "<", ">", "~"]
  private static let quotes: Set<Unicode.Scalar> = ["'", "\"", "`"]

  private let text: [Unicode.Scalar]
  private var position = 0

  init(_ text: String) throws {
    self.text = Array(text.unicodeScalars.prefix(Self.lengthLimit + 1))
    guard self.text.count <= Self.lengthLimit else {
      throw AttemptFault("is longer than \(Self.lengthLimit) characters; ask for less at once")
    }
  }

  /// The whole filter.
  ///
  /// - Throws: `AttemptFault` that names the character.
  mutating func parse() throws -> AttemptFilter.Term {
    let term = try any(depth: 0)
    skipSpace()
    guard position == text.count else { throw fault("expected and, or, or the end") }
    return term
  }

  private func fault(_ what: String, at place: Int? = nil) -> AttemptFault {
    let start = place ?? position
    let rest = String(String.UnicodeScalarView(text[min(start, text.count)...].prefix(20)))
    let found = rest.isEmpty ? "" : ", not \"\(printable(rest))\""
    return AttemptFault("character \(start + 1): \(what)\(found); \(Self.example)")
  }

  // MARK: - Terms

  private mutating func any(depth: Int) throws -> AttemptFilter.Term {
    var terms = [try all(depth: depth)]
    while take("or") { terms.append(try all(depth: depth)) }
    return terms.count == 1 ? terms.removeLast() : .any(terms)
  }

  private mutating func all(depth: Int) throws -> AttemptFilter.Term {
    var terms = [try one(depth: depth)]
    while take("and") { terms.append(try one(depth: depth)) }
    return terms.count == 1 ? terms.removeLast() : .all(terms)
  }

  private mutating func one(depth: Int) throws -> AttemptFilter.Term {
    guard depth < Self.depthLimit else {
      throw AttemptFault(
        "character \(position + 1): nested more than \(Self.depthLimit) deep; take parentheses away"
      )
    }
    if take("not") { return .not(try one(depth: depth + 1)) }
    skipSpace()
    if takeScalar("(") {
      let inner = try any(depth: depth + 1)
      skipSpace()
      guard takeScalar(")") else { throw fault("expected a closing parenthesis") }
      return inner
    }
    return try comparison()
  }

  private mutating func comparison() throws -> AttemptFilter.Term {
    let field = try field()
    let comparison = try comparisonSign()
    skipSpace()
    let start = position
    let literal = try literal()
    if field.isNumber, literal.number == nil, comparison != .holds {
      throw fault("\(field) is a number and is compared with one", at: start)
    }
    return .comparison(field, comparison, literal)
  }

  private mutating func field() throws -> AttemptField {
    skipSpace()
    let start = position
    var name = word { !Self.comparisonSigns.contains($0) && !Self.quotes.contains($0) }
    if name.hasSuffix("."), let quoted = try quoted() { name += quoted }
    guard !name.isEmpty else { throw fault("expected a field", at: start) }
    do {
      return try AttemptField(text: name)
    } catch let fault as AttemptFault {
      throw AttemptFault("character \(start + 1): \(fault.message)")
    }
  }

  private mutating func comparisonSign() throws -> AttemptFilter.Comparison {
    skipSpace()
    let start = position
    var sign = ""
    while let scalar = current, Self.comparisonSigns.contains(scalar) {
      sign.unicodeScalars.append(scalar)
      position += 1
    }
    // As other languages write them.
    let known = sign == "==" ? "=" : sign
    guard let comparison = AttemptFilter.Comparison(rawValue: known) else {
      let signs = AttemptFilter.Comparison.allCases.map(\.rawValue).joined(separator: " ")
      throw fault("expected one of \(signs)", at: start)
    }
    return comparison
  }

  private mutating func literal() throws -> AttemptFilter.Literal {
    if let text = try quoted() { return AttemptFilter.Literal(text: text, number: nil) }
    let text = word { !Self.quotes.contains($0) }
    guard !text.isEmpty else { throw fault("expected a value") }
    let number = Double(text).flatMap { $0.isFinite ? $0 : nil }
    return AttemptFilter.Literal(text: text, number: number)
  }

  // MARK: - Characters

  private var current: Unicode.Scalar? { position < text.count ? text[position] : nil }

  private mutating func skipSpace() {
    while let scalar = current, scalar.properties.isWhitespace { position += 1 }
  }

  private mutating func takeScalar(_ scalar: Unicode.Scalar) -> Bool {
    guard current == scalar else { return false }
    position += 1
    return true
  }

  /// Scalars up to a space, a parenthesis or one that is not allowed.
  private mutating func word(_ isAllowed: (Unicode.Scalar) -> Bool) -> String {
    var word = ""
    while let scalar = current, isAllowed(scalar), !scalar.properties.isWhitespace,
      scalar != "(", scalar != ")"
    {
      word.unicodeScalars.append(scalar)
      position += 1
    }
    return word
  }

  /// What is between two equal quotes; nil where there is no quote.
  private mutating func quoted() throws -> String? {
    guard let quote = current, Self.quotes.contains(quote) else { return nil }
    let start = position
    position += 1
    var inner = ""
    while let scalar = current {
      position += 1
      if scalar == quote { return inner }
      inner.unicodeScalars.append(scalar)
    }
    throw fault("the quote is not closed", at: start)
  }

  /// Takes a word of the language, in capitals or not.
  private mutating func take(_ keyword: String) -> Bool {
    let start = position
    skipSpace()
    if word({ $0.properties.isAlphabetic }).lowercased() == keyword,
      current.map({ $0.properties.isWhitespace || $0 == "(" || $0 == ")" }) ?? true
    {
      return true
    }
    position = start
    return false
  }
}
