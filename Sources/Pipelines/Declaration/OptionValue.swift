internal import Files

/// The value of one option of a stage.
public enum OptionValue: Sendable, Hashable {
  /// A whole number.
  case integer(Int)
  /// A finite number.
  case real(Double)
  /// True or false.
  case boolean(Bool)
  /// Text.
  case text(String)
  /// Several values of one type.
  case list([OptionValue])
  /// Not set.
  case null
}

extension OptionValue: CustomStringConvertible {
  /// The value as a person would write it: `3e-05`, `true`, `a, b`, `none`.
  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .real(let value):
      value.rounded() == value && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    case .boolean(let value): value ? "true" : "false"
    case .text(let value): value
    case .list(let values): values.map(\.description).joined(separator: ", ")
    case .null: "none"
    }
  }

  /// The value of an option of type `real` as a real, so that a default of 1 and a written 1.0 are
  /// one value; every other value as it is.
  func asReal(_ type: OptionType) -> OptionValue {
    if case .real = type, case .integer(let value) = self { return .real(Double(value)) }
    return self
  }

  /// The value as it enters a fingerprint; reals keep every bit (shortest text that reads back).
  var json: JSONValue {
    switch self {
    case .integer(let value): .integer(value)
    case .real(let value): .real(value)
    case .boolean(let value): .boolean(value)
    case .text(let value): .string(value)
    case .list(let values): .array(values.map(\.json))
    case .null: .null
    }
  }
}
