import Text

/// A text as rewriting sees it: the parts that its rewrites are joined of, and which of its basic tokens
/// may be replaced.
struct RewritableText {
  /// Its basic tokens and their pieces.
  let sentence: SegmentedSentence
  /// The parts, between which a rewrite has spaces: basic tokens, or the words that it was given as.
  let parts: [String]
  /// Basic tokens that may be replaced, ascending.
  let eligible: [Int]
  /// What texts with the same sentence have in common.
  let key: String
  /// The part that each basic token belongs to; nil where the tokens are the parts.
  private let owners: [Int]?

  /// Cuts a text; nil where nothing is done with it.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - rewriting: What is done with it.
  ///   - tokenizer: The tokenizer of the model behind the sources.
  ///   - mayReplace: Whether a basic token may be replaced, wherever it stands.
  init?(
    _ text: String, _ rewriting: Rewriting, _ tokenizer: Tokenizer,
    _ mayReplace: (String) -> Bool
  ) {
    switch rewriting {
    case .none: return nil
    case .tokens:
      sentence = SegmentedSentence(text, tokenizer: tokenizer)
      parts = sentence.words
      owners = nil
      eligible = parts.indices.filter { [parts] in mayReplace(parts[$0]) }
      key = text
    case .words(let words, let kept):
      let tokens = words.map { tokenizer.basicTokens($0) }
      let basic = tokens.flatMap(\.self)
      let owners = tokens.indices.flatMap { [Int](repeating: $0, count: tokens[$0].count) }
      sentence = SegmentedSentence(basicTokens: basic, tokenizer)
      parts = words
      self.owners = owners
      eligible = owners.indices.filter { token in
        let word = owners[token]
        return tokens[word].count == 1 && !kept.contains(word) && mayReplace(basic[token])
      }
      // No text of the other kind has a line break in front.
      key = "\n" + words.joined(separator: "\n")
    }
  }

  /// Puts a candidate in the place of a basic token; a word keeps the capital that the tokenizer took
  /// from it.
  func replace(_ token: Int, by candidate: String, in parts: inout [String]) {
    guard let owners else {
      parts[token] = candidate
      return
    }
    let word = self.parts[owners[token]]
    parts[owners[token]] =
      word == sentence.words[token] ? candidate : candidate.capitalized(like: word)
  }

  /// Whether a candidate can stand for a part: a word remains one word.
  func takes(_ candidate: String) -> Bool {
    owners == nil || !candidate.isEmpty && !candidate.contains(where: \.isWhitespace)
  }
}
