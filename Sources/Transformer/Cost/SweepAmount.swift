/// What the cost of sweeps over packed sequences depends on, beside the model's sizes: means may be given
/// as well as counts, so they are real numbers.
public struct SweepAmount: Sendable, Equatable {
  /// Sequences, B.
  public var sequences: Double
  /// Tokens of all sequences, N.
  public var tokens: Double
  /// The sum of the sequences' squared lengths: (query, key) pairs of one head, Q.
  public var squares: Double
  /// Tokens that a head of single tokens is asked for, P.
  public var asked: Double
  /// Keys that those meet: for each the length of its sequence.
  public var askedKeys: Double

  /// Amounts of some sequences; every token is asked for unless `asked` says otherwise.
  public init(sequences: Double, tokens: Double, squares: Double, asked: Double? = nil) {
    self.sequences = sequences
    self.tokens = tokens
    self.squares = squares
    self.asked = asked ?? tokens
    askedKeys = tokens > 0 ? self.asked * squares / tokens : 0
  }

  /// Sequences of these lengths.
  public init(lengths: [Int]) {
    let lengths = lengths.map { Double($0) }
    self.init(
      sequences: Double(lengths.count), tokens: lengths.reduce(0, +),
      squares: lengths.reduce(0) { $0 + $1 * $1 })
  }

  /// So many times as much.
  public func times(_ factor: Double) -> SweepAmount {
    var amount = SweepAmount(
      sequences: sequences * factor, tokens: tokens * factor, squares: squares * factor,
      asked: asked * factor)
    amount.askedKeys = askedKeys * factor
    return amount
  }
}
