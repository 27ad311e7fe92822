import Files

/// Reads typed values out of a `config.json` and gathers what is wrong with them.
///
/// `null` counts as absent, as it does for transformers.
struct ConfigurationReader {
  let object: JSONObject
  private(set) var faults: [String] = []

  init(_ object: JSONObject) {
    self.object = object
  }

  /// The integer of that key; a fault when absent, unless there is a default.
  mutating func integer(_ key: String, default fallback: Int? = nil) -> Int {
    value(key, "an integer", default: fallback, or: 0) { $0.integer }
  }

  mutating func real(_ key: String, default fallback: Double) -> Double {
    value(key, "a number", default: fallback, or: 0) { $0.real }
  }

  mutating func text(_ key: String, default fallback: String) -> String {
    value(key, "a string", default: fallback, or: "") { $0.string }
  }

  mutating func boolean(_ key: String, default fallback: Bool) -> Bool {
    value(key, "true or false", default: fallback, or: false) { $0.boolean }
  }

  /// The value of that key, or `nil` when it is absent or `null`.
  func optional(_ key: String) -> JSONValue? {
    object[key].flatMap { $0 == .null ? nil : $0 }
  }

  mutating func fault(_ text: String) {
    faults.append(text)
  }

  private mutating func value<T>(
    _ key: String, _ expected: String, default fallback: T?, or standIn: T,
    _ read: (JSONValue) -> T?
  ) -> T {
    guard let found = optional(key) else {
      if let fallback { return fallback }
      fault("\(key) is missing")
      return standIn
    }
    if let value = read(found) { return value }
    fault("\(key) is \(found.kindName), expected \(expected)")
    return standIn
  }
}
