/// A JSON value, as `StrictJSON` reads it.
public enum JSONValue: Sendable, Hashable {
  /// `null`.
  case null
  /// `true` or `false`.
  case boolean(Bool)
  /// A number written without fraction and exponent that fits 64 bits, exactly.
  case integer(Int)
  /// Any other number, rounded to the nearest `Double`.
  case real(Double)
  /// A string.
  case string(String)
  /// An array.
  case array([JSONValue])
  /// An object.
  case object(JSONObject)

  /// The truth value, if it is one.
  public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
  /// The integer, if it is one; `1.0` and `1e3` are not.
  public var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  /// The number, if it is one.
  public var real: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .real(let value): value
    default: nil
    }
  }
  /// The string, if it is one.
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The elements, if it is an array.
  public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  /// The members, if it is an object.
  public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

  /// What the value is, as messages say it ("an object").
  public var kindName: String {
    switch self {
    case .null: "null"
    case .boolean: "true or false"
    case .integer: "an integer"
    case .real: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// The members of a JSON object, in the order they were written, each name once.
///
/// Names are told apart by their bytes. Swift calls two spellings of an accented letter equal; a
/// vocabulary does not.
public struct JSONObject: Sendable, Hashable {
  /// The members in order.
  public private(set) var members: [(name: String, value: JSONValue)] = []
  /// Where each member is; only in objects too large to search through.
  private var places: [Name: Int] = [:]
  private static let searchLimit = 16

  /// An object without members.
  public init() {}

  /// An object with the given members; of those of one name the first.
  public init(_ members: [(name: String, value: JSONValue)]) {
    for member in members { append(member.name, member.value) }
  }

  /// The value of the member called `name`.
  public subscript(_ name: String) -> JSONValue? { place(of: name).map { members[$0].value } }

  private func place(of name: String) -> Int? {
    members.count <= Self.searchLimit
      ? members.firstIndex { Name($0.name) == Name(name) } : places[Name(name)]
  }

  /// Adds a member at the end; false, and no change, if there is one of that name.
  @discardableResult
  public mutating func append(_ name: String, _ value: JSONValue) -> Bool {
    guard place(of: name) == nil else { return false }
    members.append((name, value))
    if members.count == Self.searchLimit + 1 {
      for (place, member) in members.enumerated() { places[Name(member.name)] = place }
    } else if members.count > Self.searchLimit {
      places[Name(name)] = members.count - 1
    }
    return true
  }

  /// Objects are equal when they have equal members in the same order.
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.members.count == right.members.count
      && zip(left.members, right.members).allSatisfy {
        Name($0.name) == Name($1.name) && $0.value == $1.value
      }
  }

  /// Feeds the members to `hasher`.
  public func hash(into hasher: inout Hasher) {
    for member in members {
      hasher.combine(Name(member.name))
      hasher.combine(member.value)
    }
  }

  /// A string compared by its bytes.
  private struct Name: Hashable {
    let text: String
    init(_ text: String) { self.text = text }
    static func == (left: Name, right: Name) -> Bool {
      left.text.utf8.elementsEqual(right.text.utf8)
    }
    func hash(into hasher: inout Hasher) {
      for byte in text.utf8 { hasher.combine(byte) }
    }
  }
}
