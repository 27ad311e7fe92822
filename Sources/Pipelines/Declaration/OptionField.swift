/// What values an option takes.
public enum OptionType: Sendable, Hashable {
  /// A whole number, in the range when there is one.
  case integer(ClosedRange<Int>?)
  /// A finite number, in the range when there is one.
  case real(ClosedRange<Double>?)
  /// `true` or `false`.
  case boolean
  /// Any text of one line.
  case text
  /// One of a few words.
  case choice([String])
  /// A list of texts.
  case texts
}

extension OptionType: CustomStringConvertible {
  /// What to write, such as `a number from 0 to 1`.
  public var description: String {
    switch self {
    case .integer(let range):
      guard let range else { return "a whole number" }
      return "a whole number"
        + bounds(
          range.lowerBound == .min ? nil : "\(range.lowerBound)",
          range.upperBound == .max ? nil : "\(range.upperBound)")
    case .real(let range):
      guard let range else { return "a number" }
      let lower = OptionValue.real(range.lowerBound).description
      let upper =
        range.upperBound >= Double.greatestFiniteMagnitude
        ? nil : OptionValue.real(range.upperBound).description
      if range.lowerBound == .leastNonzeroMagnitude {
        return "a number above 0" + (upper.map { ", at most \($0)" } ?? "")
      }
      if range.upperBound == (1.0).nextDown { return "a number of at least \(lower) and below 1" }
      return "a number"
        + bounds(range.lowerBound <= -Double.greatestFiniteMagnitude ? nil : lower, upper)
    case .boolean: return "true or false"
    case .text: return "a text"
    case .choice(let words): return "one of " + words.joined(separator: ", ")
    case .texts: return "a list of texts"
    }
  }

  private func bounds(_ lower: String?, _ upper: String?) -> String {
    switch (lower, upper) {
    case (let lower?, let upper?): " from \(lower) to \(upper)"
    case (let lower?, nil): " of at least \(lower)"
    case (nil, let upper?): " of at most \(upper)"
    case (nil, nil): ""
    }
  }
}

/// One option of a stage: the same in a pipeline file (`learning_rate: 3e-5`) and on the command
/// line (`--learning-rate 3e-5`).
public struct OptionField: Sendable {
  /// Name in snake case.
  public let name: String
  /// What values it takes.
  public let type: OptionType
  /// Value when it is not given; nil means that it may be absent.
  public let defaultValue: OptionValue?
  /// One line for `--help`.
  public let help: String
  /// Whether it can change the result; one that cannot (logging) never causes a re-run.
  public let isSemantic: Bool
  /// What other options stand at, by name, while this one has a value: by the value.
  public let presets: [String: [String: OptionValue]]

  /// Declares an option.
  public init(
    _ name: String, _ type: OptionType, default defaultValue: OptionValue? = nil, help: String,
    isSemantic: Bool = true
  ) {
    self.init(name, type, default: defaultValue, help: help, isSemantic: isSemantic, presets: [:])
  }

  /// Declares an option that sets the defaults of others, those that it names and that are declared beside
  /// it; what is given stands above it.
  ///
  /// It means nothing by itself: fingerprints know what it has set.
  public static func preset(
    _ name: String, _ presets: [String: [String: OptionValue]], help: String
  ) -> OptionField {
    OptionField(
      name, .choice(presets.keys.sorted()), default: nil, help: help, isSemantic: false,
      presets: presets)
  }

  private init(
    _ name: String, _ type: OptionType, default defaultValue: OptionValue?, help: String,
    isSemantic: Bool, presets: [String: [String: OptionValue]]
  ) {
    self.name = name
    self.type = type
    self.defaultValue = defaultValue
    self.help = help
    self.isSemantic = isSemantic
    self.presets = presets
  }

  /// The same with another default.
  func standing(at value: OptionValue) -> OptionField {
    OptionField(
      name, type, default: value, help: help, isSemantic: isSemantic, presets: presets)
  }

  /// The name as a command-line flag, without the dashes.
  public var flag: String { String(name.map { $0 == "_" ? "-" : $0 }) }
}

extension [OptionField] {
  /// The options with the defaults that a preset among them gives the others.
  ///
  /// - Parameter value: What an option that is given has, nil for one that is not.
  /// - Returns: The options.
  public func preset(by value: (_ name: String) -> String?) -> [OptionField] {
    var defaults: [String: OptionValue] = [:]
    for field in self {
      guard let chosen = value(field.name).flatMap({ field.presets[$0] }) else { continue }
      defaults.merge(chosen) { first, _ in first }
    }
    return map { field in defaults[field.name].map(field.standing) ?? field }
  }
}
