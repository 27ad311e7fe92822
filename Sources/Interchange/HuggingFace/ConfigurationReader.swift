import Files
import Transformer

/// Reads typed values out of a `config.json` and gathers what is wrong with them.
///
/// `null` counts as absent, as it does for transformers.
struct ConfigurationReader {
  let object: JSONObject
  private(set) var faults: [String] = []

  init(_ object: JSONObject) {
    self.object = object
  }

  /// The integer of that key; a fault when absent.
  mutating func integer(_ key: String) -> Int {
    value(key, "an integer", default: nil, or: 0) { $0.integer }
  }

  /// The number of that key; a fault when absent.
  mutating func real(_ key: String) -> Double {
    value(key, "a number", default: nil, or: 0) { $0.real }
  }

  mutating func text(_ key: String, default fallback: String) -> String {
    value(key, "a string", default: fallback, or: "") { $0.string }
  }

  mutating func boolean(_ key: String, default fallback: Bool) -> Bool {
    value(key, "true or false", default: fallback, or: false) { $0.boolean }
  }

  /// Reads a setting of the configuration under the key it has here; without one, and with none that
  /// is required, it keeps its value.
  mutating func read(
    _ setting: ModelConfiguration.Setting, as key: String, into model: inout ModelConfiguration
  ) {
    guard setting.isRequired || optional(key) != nil else { return }
    switch setting.value {
    case .integer(let path, _): model[keyPath: path] = integer(key)
    case .optionalInteger(let path, _): model[keyPath: path] = integer(key)
    case .real(let path): model[keyPath: path] = real(key)
    case .optionalReal(let path): model[keyPath: path] = real(key)
    case .text(let path): model[keyPath: path] = text(key, default: "")
    }
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
