/// Which attempts are meant: `stage = prediction and metrics.dev_accuracy > 0.8`.
///
/// Comparisons are joined by `and`, `or`, `not` and parentheses. An attempt that has nothing in a field
/// fits no comparison of it.
public struct AttemptFilter: Sendable {
  /// How a field is compared.
  enum Comparison: String, Sendable, CaseIterable {
    case equal = "="
    case unequal = "!="
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="
    /// The text holds another.
    case holds = "~"
  }

  /// What a field is compared with, as it was written and as a number where it is one.
  struct Literal: Sendable, Equatable {
    let text: String
    let number: Double?
  }

  indirect enum Term: Sendable {
    case comparison(AttemptField, Comparison, Literal)
    case all([Term])
    case any([Term])
    case not(Term)
  }

  private let term: Term

  /// The fields that it asks about, in their order.
  public var fields: [AttemptField] { Self.fields(term).uniqued() }

  /// Reads a filter.
  ///
  /// - Parameters:
  ///   - text: The filter.
  ///   - place: Where it was given, such as `--where`.
  /// - Throws: `PipelineError` with status `usage` that names the character.
  public init(_ text: String, at place: String = "--where") throws {
    do {
      var parser = try AttemptFilterParser(text)
      term = try parser.parse()
    } catch let fault as AttemptFault {
      throw PipelineError(.usage, at: place, fault.message)
    }
  }

  /// Whether an attempt is meant.
  public func fits(_ attempt: Attempt) -> Bool { Self.fits(term, attempt) }

  private static func fits(_ term: Term, _ attempt: Attempt) -> Bool {
    switch term {
    case .comparison(let field, let comparison, let literal):
      attempt[field].map { fits($0, comparison, literal) } ?? false
    case .all(let terms): terms.allSatisfy { fits($0, attempt) }
    case .any(let terms): terms.contains { fits($0, attempt) }
    case .not(let inner): !fits(inner, attempt)
    }
  }

  private static func fits(
    _ value: AttemptValue, _ comparison: Comparison, _ literal: Literal
  ) -> Bool {
    if case .number(let value) = value, let number = literal.number, comparison != .holds {
      return switch comparison {
      case .equal: value == number
      case .unequal: value != number
      case .less: value < number
      case .atMost: value <= number
      case .greater: value > number
      case .atLeast: value >= number
      case .holds: false
      }
    }
    // Bytes: Swift calls two spellings of an accented letter equal.
    let (value, other) = (Array(value.text.utf8), Array(literal.text.utf8))
    return switch comparison {
    case .equal: value == other
    case .unequal: value != other
    case .less: value.lexicographicallyPrecedes(other)
    case .atMost: !other.lexicographicallyPrecedes(value)
    case .greater: other.lexicographicallyPrecedes(value)
    case .atLeast: !value.lexicographicallyPrecedes(other)
    case .holds: holds(value, other)
    }
  }

  private static func holds(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    guard let first = part.first else { return true }
    return text.indices.contains { text[$0] == first && text[$0...].starts(with: part) }
  }

  private static func fields(_ term: Term) -> [AttemptField] {
    switch term {
    case .comparison(let field, _, _): [field]
    case .all(let terms), .any(let terms): terms.flatMap(fields)
    case .not(let inner): fields(inner)
    }
  }
}

extension AttemptFilter {
  /// Refuses fields in which no attempt has anything, which are most likely misspelt.
  ///
  /// - Parameters:
  ///   - fields: The fields that were asked about.
  ///   - attempts: The attempts; where there are none, there is nothing to compare with.
  ///   - place: Where the fields were given, such as `--sort`.
  /// - Throws: `PipelineError` with status `usage` and what may have been meant.
  public static func check(
    _ fields: [AttemptField], in attempts: [Attempt], at place: String = "--where"
  ) throws {
    guard !attempts.isEmpty else { return }
    let faults = fields.filter { $0.group != .fact }.compactMap { field -> PipelineFault? in
      guard attempts.allSatisfy({ $0[field] == nil }) else { return nil }
      let known = attempts.flatMap(\.fields).filter { $0.group == field.group }.uniqued()
      let nearest = Suggestion.nearest(to: field.name, among: known.map(\.name))
      let cure =
        nearest.map { "; did you mean \"\(AttemptField(field.group, $0))\"?" }
        ?? "; `distill runs list --format json` shows what they have"
      return PipelineFault(keyPath: place, message: "no attempt has \(field)\(cure)")
    }
    guard faults.isEmpty else { throw PipelineError(.usage, faults: faults) }
  }
}
