import Foundation
public import Training

/// How an answer is chosen among the stretches of a text's windows, as `run_qa.py` of transformers does:
/// of the likeliest beginnings and ends of each window those pairs that are possible, the best by the sum
/// of both logits.
public struct AnswerSearch: Sendable, Equatable {
  /// Beginnings and ends of a window that are looked at, and answers that are kept.
  public var nBestSize = 20
  /// Most tokens of an answer.
  public var maxAnswerLength = 30
  /// Where a question may have no answer: by how much the score of none must be above that of the best
  /// answer; nil for texts that hold all answers.
  public var nullScoreDifference: Double?
  /// How many candidates are shown beside the answer.
  public var shownCandidates = 0

  /// The usual search.
  public init() {}

  /// A stretch of a text that may be the answer.
  public struct Candidate: Sendable, Equatable {
    /// The scalars of the text; empty at 0 for no answer.
    public let characters: Range<Int>
    /// Logit of its first token as a beginning.
    public let startLogit: Float
    /// Logit of its last token as an end.
    public let endLogit: Float
    /// Their sum.
    public var score: Float { startLogit + endLogit }
    /// Its share of the candidates' probabilities.
    public internal(set) var probability: Double = 0

    /// Whether it says that the text holds no answer.
    public var isNone: Bool { characters.isEmpty }
  }

  /// What was found for a row.
  public struct Finding: Sendable {
    /// The answer; none where the text is said not to hold one.
    public let best: Candidate
    /// The candidates, the best first.
    public let candidates: [Candidate]
    /// The score of no answer less that of the best one, where a question may have none.
    public let nullDifference: Float?
  }

  /// Looks for the answers of all rows.
  ///
  /// - Parameters:
  ///   - outputs: Start and end logits of every token of every example.
  ///   - examples: The windows.
  ///   - sheet: Where their tokens stand.
  /// - Returns: A finding a row.
  public func findings(
    _ outputs: Outputs, on examples: InMemoryExamples, _ sheet: AnswerSheet
  ) -> [Finding] {
    var findings: [Finding] = []
    var first = 0
    while first < examples.count {
      let row = examples.row(of: first)
      var end = first + 1
      while end < examples.count, examples.row(of: end) == row { end += 1 }
      findings.append(finding(in: first..<end, outputs, examples, sheet))
      first = end
    }
    return findings
  }

  private func finding(
    in windows: Range<Int>, _ outputs: Outputs, _ examples: InMemoryExamples, _ sheet: AnswerSheet
  ) -> Finding {
    var possible: [Candidate] = []
    var none: Candidate?
    for window in windows {
      let logits = outputs.rows[window]
      let starts = stride(from: logits.startIndex, to: logits.endIndex, by: 2).map { logits[$0] }
      let ends = stride(from: logits.startIndex + 1, to: logits.endIndex, by: 2).map { logits[$0] }
      let own = Candidate(characters: 0..<0, startLogit: starts[0], endLogit: ends[0])
      if none.map({ $0.score > own.score }) ?? true { none = own }
      let bestEnds = best(ends)
      for start in best(starts) {
        guard let from = sheet.characters(of: start, in: window, of: examples) else { continue }
        for end in bestEnds where end >= start && end - start < maxAnswerLength {
          guard let to = sheet.characters(of: end, in: window, of: examples) else { continue }
          possible.append(
            Candidate(
              characters: from.lowerBound..<max(from.lowerBound, to.upperBound),
              startLogit: starts[start], endLogit: ends[end]))
        }
      }
    }
    guard let none else { preconditionFailure("a row without examples") }
    let mayBeNone = nullScoreDifference != nil
    if mayBeNone { possible.append(none) }
    // Of equal ones that which was found first stays in front.
    let order = possible.indices.sorted {
      possible[$0].score != possible[$1].score
        ? possible[$0].score > possible[$1].score : $0 < $1
    }
    var candidates = order.prefix(nBestSize).map { possible[$0] }
    if mayBeNone, !candidates.contains(where: \.isNone) { candidates.append(none) }
    if candidates.isEmpty { candidates = [none] }
    Self.normalize(&candidates)
    let answer = candidates.first { !$0.isNone }
    guard let threshold = nullScoreDifference else {
      return Finding(best: answer ?? candidates[0], candidates: candidates, nullDifference: nil)
    }
    guard let answer else {
      return Finding(best: candidates[0], candidates: candidates, nullDifference: 0)
    }
    let difference = none.score - answer.startLogit - answer.endLogit
    let saysNone = Double(difference) > threshold
    return Finding(
      best: saysNone ? candidates.first(where: \.isNone) ?? none : answer, candidates: candidates,
      nullDifference: difference)
  }

  /// The tokens with the greatest logits, the greatest first; of equal ones the first.
  private func best(_ logits: [Float]) -> ArraySlice<Int> {
    logits.indices.sorted {
      logits[$0] != logits[$1] ? logits[$0] > logits[$1] : $0 < $1
    }.prefix(nBestSize)
  }

  private static func normalize(_ candidates: inout [Candidate]) {
    let greatest = Double(candidates.map(\.score).max() ?? 0)
    let powers = candidates.map { exp(Double($0.score) - greatest) }
    let sum = powers.reduce(0, +)
    for index in candidates.indices { candidates[index].probability = powers[index] / sum }
  }
}
