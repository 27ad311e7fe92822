import Compute
import Foundation
import Text
public import Training

/// Scores at the hidden places: outputs hold the loss and the answer of each, see `OutputForm`.
extension MaskedLanguageTask {
  /// Perplexity, exp of the mean loss, and the share of hidden tokens that are found.
  public func metrics(labels: Int) -> [Metric] {
    [Metric("perplexity", greaterIsBetter: false), Metric("accuracy", isShare: true)]
  }

  /// The values of `metrics`; NaN where no token is hidden.
  public func scores(of outputs: Outputs, on rows: TaskRows) -> [Double] {
    let all = Self.counts(outputs, on: rows).reduce(Counts(), +)
    return [all.perplexity, Double(all.found) / Double(all.tokens)]
  }

  /// That of a guess among the tokens that occur, all alike.
  public func baseline(on rows: TaskRows, labels: [String]) -> (score: Double, name: String) {
    var tokens = Set(rows.examples.ids)
    if case .tokenLabels(let hidden) = rows.targets {
      tokens.formUnion(hidden.values.lazy.filter { $0 >= 0 })
    }
    return (Double(tokens.count), "a guess among the tokens that occur")
  }

  /// The share of hidden tokens for which both answer the same.
  public func agreement(of outputs: Outputs, with others: Outputs, on rows: TaskRows) -> Double {
    let (own, other) = (outputs.values, others.values)
    let places = stride(from: 1, to: min(own.count, other.count), by: outputs.columns)
    return Double(places.lazy.count { own[$0] == other[$0] }) / Double(own.count / outputs.columns)
  }

  /// Perplexity on the rows that are drawn.
  public func chiefScore(of outputs: Outputs, on rows: TaskRows) -> (([Int]) -> Double)? {
    guard rows.targets.areKnown else { return nil }
    let counts = Self.counts(outputs, on: rows)
    return { drawn in drawn.reduce(Counts()) { $0 + counts[$1] }.perplexity }
  }

  /// Nothing: such a model is scored, and texts are not answered.
  public func answers(_ outputs: Outputs, to rows: TaskRows, labels: [String]) -> [Answer] {
    preconditionFailure("a masked-language model does not answer texts")
  }

  /// What happened at hidden places.
  private struct Counts {
    var tokens = 0
    var found = 0
    var loss = 0.0

    var perplexity: Double { tokens == 0 ? .nan : exp(loss / Double(tokens)) }

    static func + (one: Counts, other: Counts) -> Counts {
      Counts(
        tokens: one.tokens + other.tokens, found: one.found + other.found,
        loss: one.loss + other.loss)
    }
  }

  /// The counts of each row, over all its sequences.
  private static func counts(_ outputs: Outputs, on rows: TaskRows) -> [Counts] {
    var counts = [Counts](repeating: Counts(), count: rows.count)
    for example in 0..<rows.examples.count {
      guard case .tokenLabels(let labels) = rows.targets[example] else { continue }
      let hidden = labels.filter { $0 != ignoredLabel }
      let values = outputs.rows[example]
      precondition(
        outputs.columns == 2 && values.count == 2 * hidden.count,
        "\(values.count) numbers for \(hidden.count) hidden tokens")
      let row = rows.examples.row(of: example)
      for (place, token) in hidden.enumerated() {
        counts[row].loss += Double(values[values.startIndex + 2 * place])
        let answer = values[values.startIndex + 2 * place + 1]
        counts[row].found += answer == Float(token) ? 1 : 0
        counts[row].tokens += 1
      }
    }
    return counts
  }
}
