public import Files

/// Everything that decides what a stage produces.
///
/// Kind, revision, options that can change the result, content digests of the inputs, seed: kept
/// whole, so that a difference can be explained. Two are equal where they differ in nothing but options
/// that are off, or at their default, in one and unknown in the other: an option that a later version knows
/// changes nothing that was made before, until it is used. Where the default is not what was done before, the
/// revision is another.
public struct Fingerprint: Sendable, Equatable {
  /// The facts, as a JSON object with sorted members.
  public let preimage: JSONValue
  /// The options' defaults, where the kind of stage is at hand.
  private var defaults: [String: JSONValue] = [:]

  /// The fingerprint of a stage with the inputs it would read.
  init(of stage: PipelineStage, inputs: [String: [StageInput]]) {
    var contents: [String: JSONValue] = [:]
    for port in stage.kind.inputs {
      guard let values = inputs[port.name] else { continue }
      contents[port.name] = .array(
        values.map { input in
          let digest = JSONValue.string(input.contentDigest.hexadecimal)
          return port.namesMatter ? .array([.string(input.name), digest]) : digest
        })
    }
    // A seed is at most Int.max in a pipeline file; beyond that, only code can give one.
    preimage = .sorted([
      "inputs": .sorted(contents), "kind": .string(stage.kind.kind),
      "options": stage.options.semanticJSON, "revision": .integer(stage.kind.revision),
      "seed": .string("\(stage.seed)"),
    ])
    for field in stage.kind.fields {
      defaults[field.name] = field.defaultValue.map(\.json) ?? .null
    }
  }

  init(preimage: JSONValue) { self.preimage = preimage }

  /// SHA-256 of the facts.
  ///
  /// - Throws: `FileError` if an option is not finite, which no checked option is.
  public func digest() throws -> Digest { Digest.of(try preimage.encoded()) }

  /// What is different from `old` in words, such as `temperature 1 -> 2`; see `changedPorts` for
  /// inputs.
  func differences(from old: Fingerprint) -> [String] {
    var differences: [String] = []
    for key in ["kind", "revision", "seed"] where preimage.member(key) != old.preimage.member(key) {
      let (before, after) = (old.preimage.member(key), preimage.member(key))
      differences.append("\(key) \(Self.show(before)) -> \(Self.show(after))")
    }
    let (before, after) = (old.members("options"), members("options"))
    for name in changedOptions(from: old) {
      differences.append("\(name) \(Self.show(before[name])) -> \(Self.show(after[name]))")
    }
    return differences
  }

  /// Whether one of `options` is a larger number than it was in `old`.
  func raises(_ options: [String], above old: Fingerprint) -> Bool {
    let (before, after) = (old.members("options"), members("options"))
    return options.contains { name in
      guard let old = before[name]?.number, let new = after[name]?.number else { return false }
      return new > old
    }
  }

  /// Whether the same is produced.
  public static func == (one: Fingerprint, other: Fingerprint) -> Bool {
    let keys = ["inputs", "kind", "revision", "seed"]
    return keys.allSatisfy { one.preimage.member($0) == other.preimage.member($0) }
      && one.changedOptions(from: other).isEmpty
  }

  /// The options that are not those of `old`, in byte order.
  private func changedOptions(from old: Fingerprint) -> [String] {
    let (before, after) = (old.members("options"), members("options"))
    return Set(before.keys).union(after.keys).sorted().filter { name in
      before[name] != after[name]
        && !(before[name] == nil && isIdle(name, after[name]))
        && !(after[name] == nil && old.isIdle(name, before[name]))
    }
  }

  /// Whether an option of this value does what is done without it.
  private func isIdle(_ name: String, _ value: JSONValue?) -> Bool {
    Self.isOff(value) || value == defaults[name]
  }

  /// Whether an option of this value does nothing.
  private static func isOff(_ value: JSONValue?) -> Bool {
    switch value {
    case .null, .boolean(false): true
    case .array(let values): values.isEmpty
    default: false
    }
  }

  /// The ports whose inputs are not those of `old`, in byte order.
  func changedPorts(from old: Fingerprint) -> [String] {
    let (before, after) = (old.members("inputs"), members("inputs"))
    return Set(before.keys).union(after.keys).sorted().filter { before[$0] != after[$0] }
  }

  private func members(_ key: String) -> [String: JSONValue] {
    let members = preimage.member(key)?.object?.members ?? []
    return Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
  }

  private static func show(_ value: JSONValue?) -> String {
    switch value {
    case nil: "(not known)"
    case .null: "none"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .real(let value): OptionValue.real(value).description
    case .string(let value): value.isEmpty ? "\"\"" : printable(value)
    case .array(let values): "[" + values.map { show($0) }.joined(separator: ", ") + "]"
    case .object: "{...}"
    }
  }
}

extension JSONValue {
  /// The member of an object, nil for everything else.
  func member(_ name: String) -> JSONValue? { object?[name] }
}
