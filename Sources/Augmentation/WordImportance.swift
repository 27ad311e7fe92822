import Foundation
public import Text

/// How much single words say in their texts, by counts of the texts themselves: words that say little are
/// replaced more often.
///
/// The chances are those of Xie et al. 2020 (UDA, appendix B): a word's TF-IDF is its share of the words of
/// its text, times log(texts / texts with the word); a word i of the n that may be replaced is replaced with
/// the probability min(1, p (C - s_i) / (1/n sum_j (C - s_j))), where C is the greatest TF-IDF among them. So
/// the word that says most stays, and p remains the mean chance unless one of them reaches 1.
public struct WordImportance: Sendable, Hashable {
  /// In how many texts each lower-case word is.
  private var texts: [String: Int] = [:]
  /// How many texts there are.
  private var count = 0

  /// Counts the words of rows' texts.
  ///
  /// - Parameters:
  ///   - rows: the rows; every text of theirs counts, whether or not it is rewritten.
  ///   - tokenizer: what says where basic tokens begin and end.
  public init(of rows: [AugmentationRow], _ tokenizer: Tokenizer) {
    for row in rows {
      for text in [row.first] + (row.second.map { [$0] } ?? []) {
        count += 1
        for word in Set(tokenizer.basicTokens(text).map { $0.lowercased() }) {
          texts[word, default: 0] += 1
        }
      }
    }
  }

  /// The chances of a text's words to be replaced.
  ///
  /// - Parameters:
  ///   - eligible: the places of those that may be.
  ///   - words: all of its basic tokens.
  ///   - mean: the mean chance.
  /// - Returns: one for each of `eligible`.
  func chances(of eligible: [Int], in words: [String], mean: Double) -> [Double] {
    let words = words.map { $0.lowercased() }
    var own: [String: Int] = [:]
    for word in words { own[word, default: 0] += 1 }
    let scores = eligible.map { place -> Double in
      let word = words[place]
      // A word that was not counted is in no text but this one.
      let known = Double(max(1, texts[word] ?? 1))
      return Double(own[word] ?? 1) / Double(words.count) * log(Double(max(1, count)) / known)
    }
    let greatest = scores.max() ?? 0
    let sum = scores.reduce(0) { $0 + greatest - $1 }
    // All say the same.
    guard sum > 0 else { return scores.map { _ in mean } }
    let factor = mean * Double(scores.count) / sum
    return scores.map { min(1, factor * (greatest - $0)) }
  }
}
