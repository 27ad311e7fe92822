public import Files

extension JSONValue {
  /// An object with its members in byte order, so that equal contents give equal bytes.
  static func sorted(_ members: [String: JSONValue]) -> JSONValue {
    let names = members.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return .object(JSONObject(names.map { ($0, members[$0] ?? .null) }))
  }

  /// A number; what is not finite, for which JSON has no word, becomes the text `nan`, `inf` or
  /// `-inf`.
  public static func number(_ value: Double) -> JSONValue {
    if value.isFinite { return .real(value) }
    return .string(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf")
  }

  /// Reads back what `number` wrote.
  var number: Double? {
    switch self {
    case .string("nan"): .nan
    case .string("inf"): .infinity
    case .string("-inf"): -.infinity
    default: real
    }
  }

  /// A text, or null.
  static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }

  /// Named numbers in their order, as `[{"name": ..., "value": ...}]`.
  static func metrics(_ metrics: [(String, Double)]) -> JSONValue {
    .array(
      metrics.map { .object(JSONObject([("name", .string($0.0)), ("value", .number($0.1))])) })
  }

  /// The value with one member or element a line, for people and for `diff`.
  ///
  /// - Throws: `FileError` for a number that is not finite.
  public func indented(_ indentation: String = "") throws -> String {
    let inner = indentation + "  "
    switch self {
    case .object(let object) where !object.members.isEmpty:
      let lines = try object.members.map { member in
        inner + String(decoding: try JSONValue.string(member.name).encoded(), as: UTF8.self) + ": "
          + (try member.value.indented(inner))
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n" + indentation + "}"
    case .array(let elements) where elements.contains(where: \.isContainer):
      let lines = try elements.map { inner + (try $0.indented(inner)) }
      return "[\n" + lines.joined(separator: ",\n") + "\n" + indentation + "]"
    default:
      return String(decoding: try encoded(), as: UTF8.self)
    }
  }

  private var isContainer: Bool { array != nil || object != nil }
}
