/// The values of a loss, term by term, in a fixed order; the loss is their sum.
public struct LossTerms: Sendable, Equatable, Codable {
  /// One addend of the loss.
  public struct Term: Sendable, Equatable, Codable {
    /// Stable name under which it is logged, such as `attention`.
    public let name: String
    /// Its value, weight included.
    public var value: Double
    /// The name that says what it is, as records and readers have it, such as `attention_loss`.
    public var lossName: String { name + "_loss" }
  }

  /// The terms, in the order in which they first appeared.
  public private(set) var terms: [Term] = []

  /// No terms yet.
  public init() {}

  /// The loss.
  public var total: Double { terms.reduce(0) { $0 + $1.value } }

  /// The value of a term, if there is one of this name.
  public subscript(name: String) -> Double? { terms.first { $0.name == name }?.value }

  /// Adds to a term, creating it if needed.
  public mutating func add(_ name: String, _ value: Double) {
    if let position = terms.firstIndex(where: { $0.name == name }) {
      terms[position].value += value
    } else {
      terms.append(Term(name: name, value: value))
    }
  }

  /// Adds all terms of another micro-batch or step.
  public mutating func add(_ other: LossTerms) {
    for term in other.terms { add(term.name, term.value) }
  }

  /// All terms divided by a count, for a running mean.
  public func divided(by count: Int) -> LossTerms {
    var result = self
    for position in result.terms.indices { result.terms[position].value /= Double(count) }
    return result
  }

  /// The first term that is NaN or infinite.
  public var firstNonFinite: String? { terms.first { !$0.value.isFinite }?.name }
}
