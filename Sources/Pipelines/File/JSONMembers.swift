internal import Files

/// Why a manifest cannot be read.
struct JSONFault: Error {
  static let cure =
    "restore the file, or delete it: the stages will run again, nothing else is lost"
  let message: String
  init(_ message: String) { self.message = message }
}

/// Takes the members of a JSON object one by one; every member must be known and of its type.
struct JSONMembers {
  let path: String
  private var members: [String: JSONValue]

  init(_ value: JSONValue, _ path: String) throws {
    guard let object = value.object else { throw JSONFault("\(path): expected an object") }
    self.path = path
    members = Dictionary(object.members.map { ($0.name, $0.value) }) { first, _ in first }
  }

  mutating func value(_ name: String) throws -> JSONValue {
    guard let value = members.removeValue(forKey: name) else {
      throw JSONFault("\(path).\(name) is missing; " + JSONFault.cure)
    }
    return value
  }

  /// The value, nil when it is null or, where it `mayLack` as in files of an older format, not there.
  mutating func optional(_ name: String, mayLack: Bool = false) throws -> JSONValue? {
    if mayLack, members[name] == nil { return nil }
    let value = try value(name)
    return value == .null ? nil : value
  }

  mutating func string(_ name: String) throws -> String {
    try typed(name, "a text") { $0.string }
  }
  mutating func integer(_ name: String) throws -> Int {
    try typed(name, "a whole number") { $0.integer }
  }
  mutating func number(_ name: String) throws -> Double {
    try typed(name, "a number") { $0.number }
  }
  mutating func array(_ name: String) throws -> [JSONValue] {
    try typed(name, "a list") { $0.array }
  }
  mutating func object(_ name: String) throws -> [(name: String, value: JSONValue)] {
    try typed(name, "an object") { $0.object?.members }
  }
  mutating func digest(_ name: String) throws -> Digest {
    try typed(name, "a SHA-256") { $0.string.flatMap(Digest.init(hexadecimal:)) }
  }

  /// A text or null.
  mutating func optionalString(_ name: String, mayLack: Bool = false) throws -> String? {
    try optional(name, mayLack: mayLack).map { try typed($0, name, "a text", \.string) }
  }

  /// A number of things or null: so small that sums of some of them stay numbers.
  mutating func optionalCount(_ name: String, mayLack: Bool = false) throws -> Int? {
    try optional(name, mayLack: mayLack).map { value in
      try typed(value, name, "a whole number from 0 to 2^53") { value in
        value.integer.flatMap { (0...1 << 53).contains($0) ? $0 : nil }
      }
    }
  }

  /// A time or null; no stage takes centuries.
  mutating func optionalSeconds(_ name: String, mayLack: Bool = false) throws -> Double? {
    try optional(name, mayLack: mayLack).map { value in
      try typed(value, name, "seconds from 0 to 1e11") { value in
        value.number.flatMap { (0...1e11).contains($0) ? $0 : nil }
      }
    }
  }

  private mutating func typed<Value>(
    _ name: String, _ what: String, _ convert: (JSONValue) -> Value?
  ) throws -> Value {
    try typed(try value(name), name, what, convert)
  }

  private func typed<Value>(
    _ value: JSONValue, _ name: String, _ what: String, _ convert: (JSONValue) -> Value?
  ) throws -> Value {
    guard let value = convert(value) else {
      throw JSONFault("\(path).\(name): expected \(what); " + JSONFault.cure)
    }
    return value
  }

  /// Refuses members nobody took.
  func end() throws {
    guard let name = members.keys.min() else { return }
    throw JSONFault("\(path): unknown member \"\(printable(name))\"; " + JSONFault.cure)
  }
}

extension JSONMembers {
  /// Named numbers, as `JSONValue.metrics` writes them.
  mutating func metrics(_ name: String) throws -> [(String, Double)] {
    try array(name).map { value in
      var metric = try JSONMembers(value, name)
      let pair = (try metric.string("name"), try metric.number("value"))
      try metric.end()
      return pair
    }
  }
}

extension JSONValue {
  /// Named numbers in their order, as `[{"name": ..., "value": ...}]`.
  static func metrics(_ metrics: [(String, Double)]) -> JSONValue {
    .array(
      metrics.map { .object(JSONObject([("name", .string($0.0)), ("value", .number($0.1))])) })
  }
}
