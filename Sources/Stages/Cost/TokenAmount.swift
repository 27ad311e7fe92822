import Transformer

/// How much there is to train on, or to score.
struct TokenAmount: Sendable {
  /// Examples: sequences that a model is given.
  var examples: Double
  /// Their tokens, special ones included.
  var tokens: Double
  /// The sum of their squared lengths.
  var squares: Double
  /// Bytes that they take in an artifact; nil where that was not reckoned.
  var storedBytes: Double?
  /// Seconds in which one thread tokenises them, and those in which they are compressed; nil where that
  /// was not measured.
  var makingSeconds: (tokenizing: Double, storing: Double)?
  /// Entries of the vocabulary that they are of, where that is known.
  var vocabulary = 0
  /// Whether it was counted rather than reckoned from a part.
  var isExact: Bool

  /// Sequences of these lengths.
  init(lengths: [Int], isExact: Bool) {
    let amount = SweepAmount(lengths: lengths)
    (examples, tokens, squares) = (amount.sequences, amount.tokens, amount.squares)
    self.isExact = isExact
  }

  /// So many times as much, reckoned unless the factor is 1.
  func times(_ factor: Double) -> TokenAmount {
    var amount = self
    amount.examples *= factor
    amount.tokens *= factor
    amount.squares *= factor
    amount.storedBytes = storedBytes.map { $0 * factor }
    amount.makingSeconds = makingSeconds.map { ($0.tokenizing * factor, $0.storing * factor) }
    amount.isExact = isExact && factor == 1
    return amount
  }

  /// The same with padding, all sequences of one length: padding attends, and nobody attends to it.
  func padded(to length: Int) -> TokenAmount {
    var amount = self
    amount.squares = tokens * Double(length)
    amount.tokens = examples * Double(length)
    return amount
  }

  /// Tokens of an example.
  var meanLength: Double { examples > 0 ? tokens / examples : 0 }

  /// What sweeps over all of them take.
  func sweep(askedShare: Double = 1) -> SweepAmount {
    SweepAmount(
      sequences: examples, tokens: tokens, squares: squares, asked: tokens * askedShare)
  }

  /// A batch of about the most tokens that one has: of `count` random examples, the mean and three
  /// standard deviations, or the limit on a batch.
  ///
  /// - Parameters:
  ///   - count: Examples that are packed at most.
  ///   - limit: Tokens that are packed at most.
  ///   - askedShare: Share of the tokens that a head of single tokens is asked for.
  /// - Returns: The batch.
  func largestBatch(of count: Double, limit: Int, askedShare: Double = 1) -> SweepAmount {
    guard examples > 0, tokens > 0 else {
      return SweepAmount(sequences: 0, tokens: 0, squares: 0)
    }
    let count = min(count, examples)
    let variance = max(0, squares / examples - meanLength * meanLength)
    let wanted =
      count == examples ? tokens : count * meanLength + 3 * (count * variance).squareRoot()
    let taken = max(min(wanted, tokens, Double(limit)), meanLength)
    return SweepAmount(
      sequences: taken / meanLength, tokens: taken, squares: taken * squares / tokens,
      asked: taken * askedShare)
  }
}

extension Double {
  /// A count that may be too large for an integer: then the largest.
  var wholeNumber: Int { isFinite ? Int(exactly: rounded()) ?? .max : .max }
}
