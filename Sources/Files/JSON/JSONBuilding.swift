extension JSONValue {
  /// An object with its members in byte order, so that equal contents give equal bytes.
  public static func sorted(_ members: [String: JSONValue]) -> JSONValue {
    let names = members.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return .object(JSONObject(names.map { ($0, members[$0] ?? .null) }))
  }

  /// A number; what is not finite, for which JSON has no word, becomes the text `nan`, `inf` or
  /// `-inf`.
  public static func number(_ value: Double) -> JSONValue {
    if value.isFinite { return .real(value) }
    return .string(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf")
  }

  /// The number that `number` wrote, or any other.
  public var number: Double? {
    switch self {
    case .string("nan"): .nan
    case .string("inf"): .infinity
    case .string("-inf"): -.infinity
    default: real
    }
  }

  /// A text, or null.
  public static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
}
