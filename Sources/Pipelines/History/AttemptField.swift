internal import Files

/// Something that is asked about attempts: `stage`, `metrics.dev_accuracy`, `options.learning_rate`.
public struct AttemptField: Sendable, Hashable, CustomStringConvertible {
  /// Of what sort it is.
  public enum Group: String, Sendable, CaseIterable {
    /// What every attempt has, such as its stage.
    case fact = ""
    /// A final metric.
    case metrics
    /// An option of the stage.
    case options
    /// The digest of what was read, by port.
    case inputs
    /// The digest of what was written, by port.
    case outputs
    /// A fact about program and machine.
    case environment

    /// Names that others have for it.
    fileprivate static let others: [String: Group] = [
      "metric": .metrics, "option": .options, "params": .options, "param": .options,
      "parameters": .options, "input": .inputs, "output": .outputs,
    ]
  }

  /// The facts of every attempt, in the order to show them.
  public static let facts = [
    "id", "stage", "kind", "status", "current", "started", "finished", "seconds", "stops", "seed",
    "pipeline", "workspace", "run", "error",
  ]

  /// Of what sort it is.
  public let group: Group
  /// Its name in that group.
  public let name: String

  /// A field.
  public init(_ group: Group, _ name: String) {
    self.group = group
    self.name = name
  }

  /// Reads `stage`, `metrics.loss` and so on.
  ///
  /// - Throws: `AttemptFault` where it means nothing.
  init(text: String) throws {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
      .map(String.init)
    guard parts.count == 2, let head = parts.first, let rest = parts.last, !rest.isEmpty else {
      guard Self.facts.contains(text) else { throw Self.unknown(text) }
      self.init(.fact, text)
      return
    }
    guard let group = Group(rawValue: head) ?? Group.others[head], group != .fact else {
      throw Self.unknown(text)
    }
    self.init(group, rest)
  }

  private static func unknown(_ text: String) -> AttemptFault {
    let groups = Group.allCases.filter { $0 != .fact }.map { $0.rawValue + ".NAME" }
    let suggestion = Suggestion.nearest(to: text, among: facts)
    return AttemptFault(
      "there is no field \"\(briefly(text, limit: 100))\"; "
        + (suggestion.map { "did you mean \"\($0)\"?" }
          ?? "give \(facts.joined(separator: ", ")), \(groups.joined(separator: ", "))"))
  }

  /// Whether its values are numbers in every attempt.
  var isNumber: Bool {
    group == .metrics || group == .fact && ["seconds", "stops"].contains(name)
  }

  /// As it is written.
  public var description: String { group == .fact ? name : "\(group.rawValue).\(name)" }
}

/// What is wrong with a filter, an order or a name, without the place where it was given.
struct AttemptFault: Error {
  let message: String
  init(_ message: String) { self.message = message }
}

/// What an attempt has in a field.
public enum AttemptValue: Sendable, Equatable {
  /// A number; may be NaN or infinite.
  case number(Double)
  /// Anything else.
  case text(String)

  /// As a person would write it; a number with every digit.
  public var text: String {
    switch self {
    case .number(let value):
      if let whole = Int(exactly: value), abs(value) < 1e15 { "\(whole)" } else { "\(value)" }
    case .text(let text): text
    }
  }
}

extension Attempt {
  /// What it has in a field; nil where it has nothing there.
  public subscript(_ field: AttemptField) -> AttemptValue? {
    switch field.group {
    case .fact: fact(field.name)
    case .metrics: metrics.first { $0.name == field.name }.map { .number($0.value) }
    case .options: options.first { $0.name == field.name }.flatMap { AttemptValue($0.value) }
    case .inputs: Self.digest(inputs, field.name)
    case .outputs: Self.digest(outputs, field.name)
    case .environment: environment.first { $0.name == field.name }.map { .text($0.value) }
    }
  }

  /// The fields in which it has something, in the order to show them, but for the facts.
  public var fields: [AttemptField] {
    (options.map { AttemptField(.options, $0.name) }
      + inputs.map { AttemptField(.inputs, $0.port) }
      + metrics.map { AttemptField(.metrics, $0.name) }
      + outputs.map { AttemptField(.outputs, $0.port) }
      + environment.map { AttemptField(.environment, $0.name) }).uniqued()
  }

  private func fact(_ name: String) -> AttemptValue? {
    switch name {
    case "id": .text(id)
    case "stage": .text(stage)
    case "kind": .text(kind)
    case "status": .text(status)
    case "current": .text(isCurrent ? "true" : "false")
    case "started": .text(started)
    case "finished": finished.map { .text($0) }
    case "seconds": seconds.map { .number($0) }
    case "stops": .number(Double(stops))
    case "seed": seed.map { .text($0) }
    case "pipeline": .text(pipeline)
    case "workspace": .text(workspace)
    case "run": run.map { .text($0) }
    case "error": error.map { .text($0) }
    default: nil
    }
  }

  private static func digest(_ things: [Thing], _ port: String) -> AttemptValue? {
    let found = things.filter { $0.port == port }
    return found.isEmpty ? nil : .text(found.map(\.content).joined(separator: " "))
  }
}

extension AttemptValue {
  /// The value of an option; nil where it is not set.
  fileprivate init?(_ value: JSONValue) {
    switch value {
    case .null: return nil
    case .boolean(let value): self = .text(value ? "true" : "false")
    case .integer(let value): self = .number(Double(value))
    case .real(let value): self = .number(value)
    case .string(let text): self = .text(text)
    case .array(let values):
      self = .text(values.map { AttemptValue($0)?.text ?? "none" }.joined(separator: ", "))
    case .object: self = .text("{...}")
    }
  }
}
