internal import Files

/// A scalar as somebody wrote it, with what its quotes say.
struct WrittenScalar: Sendable, Hashable {
  let text: String
  /// Written without quotes, or on the command line where there are none.
  let isPlain: Bool

  /// YAML's spellings of "nothing here".
  var isNull: Bool { isPlain && ["", "~", "null", "Null", "NULL"].contains(text) }
}

/// Why a value does not fit its option.
struct OptionFault: Error { let message: String }

extension OptionType {
  /// Reads a scalar by the declared type alone: `no` is a text for a text option and false for a
  /// boolean one; `1e3` is a number for both kinds of number; `12:30` is only ever a text.
  func read(_ scalar: WrittenScalar) throws(OptionFault) -> OptionValue {
    switch self {
    case .integer(let range):
      let value = try number(scalar, parse: DecimalNumber.integer)
      if let range, !range.contains(value) { throw refusal(scalar) }
      return .integer(value)
    case .real(let range):
      let value = try number(scalar, parse: DecimalNumber.real)
      if let range, !range.contains(value) { throw refusal(scalar) }
      return .real(value)
    case .boolean:
      switch scalar.text.lowercased() {
      case "true", "yes", "on": return .boolean(true)
      case "false", "no", "off": return .boolean(false)
      default: throw refusal(scalar)
      }
    case .text:
      if scalar.text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
        throw OptionFault(message: "a text here is one line without control characters")
      }
      return .text(scalar.text)
    case .choice(let words):
      if words.contains(scalar.text) { return .text(scalar.text) }
      let suggestion = Suggestion.nearest(to: scalar.text, among: words)
      throw OptionFault(
        message: "\"\(scalar.text)\" is not \(self)"
          + (suggestion.map { "; did you mean \"\($0)\"?" } ?? ""))
    case .texts:
      return try OptionType.text.read(scalar)
    }
  }

  /// Reads a value that `OptionValue.json` wrote.
  func read(_ json: JSONValue) throws(OptionFault) -> OptionValue {
    if case .array(let elements) = json, isList {
      var items: [OptionValue] = []
      for element in elements { items.append(try read(element)) }
      return .list(items)
    }
    switch json {
    case .boolean(let value): return try read(WrittenScalar(text: "\(value)", isPlain: true))
    case .integer(let value): return try read(WrittenScalar(text: "\(value)", isPlain: true))
    case .real(let value): return try read(WrittenScalar(text: "\(value)", isPlain: true))
    case .string(let text): return try read(WrittenScalar(text: text, isPlain: false))
    case .null, .array, .object:
      throw OptionFault(message: "expected \(self), not \(json.kindName)")
    }
  }

  /// Whether a list of scalars may be given.
  var isList: Bool { self == .texts }

  private func number<Number>(
    _ scalar: WrittenScalar, parse: (String) -> Number?
  ) throws(OptionFault) -> Number {
    guard let value = parse(scalar.text) else { throw refusal(scalar) }
    guard scalar.isPlain else {
      throw OptionFault(message: "expected \(self); take the quotes off \"\(scalar.text)\"")
    }
    guard !DecimalNumber.hasLeadingZero(scalar.text) else {
      throw OptionFault(
        message:
          "expected \(self), not \"\(scalar.text)\", which YAML 1.1 reads as octal; leave the zero out"
      )
    }
    return value
  }

  private func refusal(_ scalar: WrittenScalar) -> OptionFault {
    OptionFault(message: "expected \(self), not \"\(scalar.text)\"")
  }
}
