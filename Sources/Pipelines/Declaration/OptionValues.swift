internal import Files

/// The options of one stage: every declared option once, checked, defaults filled in.
public struct OptionValues: Sendable, Equatable {
  /// Values in the order of the declaration; an absent optional is `.null`.
  private let values: [String: OptionValue]
  /// Names in the order of the declaration.
  public let names: [String]
  /// Names of the options that enter fingerprints, in the order of the declaration.
  public let semanticNames: [String]
  /// Names of the options that somebody gave, whatever their values.
  public let given: Set<String>
  /// Names of the options that a preset has set, in the order of the declaration.
  private let preset: [String]

  /// Whether both say the same, whoever said it.
  public static func == (one: OptionValues, other: OptionValues) -> Bool {
    one.values == other.values && one.names == other.names
      && one.semanticNames == other.semanticNames
  }

  init(checked values: [String: OptionValue], fields: [OptionField]) {
    var complete: [String: OptionValue] = [:]
    let declared = fields
    let fields = declared.preset { name in
      if case .text(let chosen)? = values[name] { chosen } else { nil }
    }
    preset = zip(declared, fields).filter {
      $0.defaultValue != $1.defaultValue && values[$0.name] == nil
    }.map(\.0.name)
    for field in fields {
      complete[field.name] = (values[field.name] ?? field.defaultValue ?? .null).asReal(field.type)
    }
    self.values = complete
    given = Set(values.keys)
    names = fields.map(\.name)
    semanticNames = fields.filter(\.isSemantic).map(\.name)
  }

  /// Reads flags against the fields; a list option may be repeated or written with commas (`CommaList`).
  ///
  /// - Parameters:
  ///   - flags: What was given, in order: name (snake case or with dashes) and text.
  ///   - fields: The stage's declaration.
  /// - Throws: `PipelineError` with status `usage` and every fault.
  public init(flags: [(name: String, text: String)], fields: [OptionField]) throws {
    var entries: [String: [WrittenScalar]] = [:]
    var faults: [PipelineFault] = []
    for flag in flags {
      let name = String(flag.name.map { $0 == "-" ? "_" : $0 })
      guard let field = fields.first(where: { $0.name == name }) else {
        let suggestion = Suggestion.clause(forOption: flag.name, among: fields.map(\.flag))
        faults.append(
          PipelineFault(keyPath: "--\(flag.name)", message: "there is no such option\(suggestion)"))
        continue
      }
      do throws(CommaListFault) {
        let pieces = field.type.isList ? try CommaList.items(of: flag.text) : [flag.text]
        entries[name, default: []] += pieces.map { WrittenScalar(text: $0, isPlain: true) }
      } catch {
        faults.append(PipelineFault(keyPath: "--\(field.flag)", message: error.description))
      }
    }
    var values: [String: OptionValue] = [:]
    for field in fields {
      guard let scalars = entries[field.name] else { continue }
      do throws(OptionFault) {
        if !field.type.isList, scalars.count > 1 {
          throw OptionFault(message: "given \(scalars.count) times; give it once")
        }
        var read: [OptionValue] = []
        for scalar in scalars { read.append(try field.type.read(scalar)) }
        values[field.name] = field.type.isList ? .list(read) : read[0]
      } catch {
        faults.append(PipelineFault(keyPath: "--\(field.flag)", message: error.message))
      }
    }
    guard faults.isEmpty else { throw PipelineError(.usage, faults: faults) }
    self.init(checked: values, fields: fields)
  }

  /// Takes values as a pipeline file has them.
  ///
  /// - Throws: `PipelineError` with status `usage` for a value that its option does not take.
  package init(values: [(name: String, value: OptionValue)], fields: [OptionField]) throws {
    let members = values.map { ($0.name, $0.value.json) }
    try self.init(json: .sorted(Dictionary(members) { $1 }), fields: fields)
  }

  /// Reads what `json` wrote for a stage of the same declaration.
  ///
  /// - Throws: `PipelineError` with status `usage` for a value that its option does not take.
  init(json: JSONValue, fields: [OptionField]) throws {
    var values: [String: OptionValue] = [:]
    for (name, value) in json.object?.members ?? [] {
      guard let field = fields.first(where: { $0.name == name }) else {
        throw PipelineError(.usage, at: name, "there is no such option")
      }
      guard value != .null else { continue }
      do throws(OptionFault) {
        values[name] = try field.type.read(value)
      } catch {
        throw PipelineError(.usage, at: name, error.message)
      }
    }
    self.init(checked: values, fields: fields)
  }

  /// The value of a declared option; `.null` when it is absent.
  public subscript(_ name: String) -> OptionValue {
    guard let value = values[name] else { preconditionFailure("option \(name) is not declared") }
    return value
  }

  /// What a preset has set, as `name value` in the order of the declaration.
  public var presetSettings: [String] { preset.map { "\($0) \(self[$0])" } }

  /// A whole number that is set or has a default.
  public func integer(_ name: String) -> Int { present(name, optionalInteger(name)) }
  /// A number that is set or has a default.
  public func real(_ name: String) -> Double { present(name, optionalReal(name)) }
  /// A truth value that is set or has a default.
  public func boolean(_ name: String) -> Bool { present(name, optionalBoolean(name)) }
  /// A text or choice that is set or has a default.
  public func text(_ name: String) -> String { present(name, optionalText(name)) }

  /// A whole number, nil when absent.
  public func optionalInteger(_ name: String) -> Int? {
    if case .integer(let value) = self[name] { value } else { nil }
  }

  /// A number, nil when absent.
  public func optionalReal(_ name: String) -> Double? {
    switch self[name] {
    case .real(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  /// A truth value, nil when absent.
  public func optionalBoolean(_ name: String) -> Bool? {
    if case .boolean(let value) = self[name] { value } else { nil }
  }

  /// A text or choice, nil when absent.
  public func optionalText(_ name: String) -> String? {
    if case .text(let value) = self[name] { value } else { nil }
  }

  /// A list of texts, empty when absent.
  public func texts(_ name: String) -> [String] {
    guard case .list(let values) = self[name] else { return [] }
    return values.compactMap { if case .text(let value) = $0 { value } else { nil } }
  }

  private func present<Value>(_ name: String, _ value: Value?) -> Value {
    guard let value else {
      preconditionFailure("option \(name) has no value of this type; ask for the optional one")
    }
    return value
  }

  /// The options that were given, for `init(json:fields:)`.
  var json: JSONValue {
    .sorted(Dictionary(given.map { ($0, self[$0].json) }) { first, _ in first })
  }

  /// The options that can change the result, as they enter a fingerprint.
  var semanticJSON: JSONValue {
    .sorted(Dictionary(semanticNames.map { ($0, self[$0].json) }) { first, _ in first })
  }
}
