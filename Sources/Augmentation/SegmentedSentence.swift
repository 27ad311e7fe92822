public import Text

/// A sentence as augmentation sees it: basic tokens, and the word pieces of each.
public struct SegmentedSentence: Sendable, Hashable {
  /// Basic tokens in order, in the case that the tokenizer leaves them in.
  public let words: [String]
  /// Word-piece ids of all words, one after another, without special tokens.
  public let pieces: [Int32]
  /// Where each word's pieces lie in `pieces`.
  public let ranges: [Range<Int>]

  /// Splits a text with the model's own tokenizer.
  public init(_ text: String, tokenizer: Tokenizer) {
    self.init(basicTokens: tokenizer.basicTokens(text), tokenizer)
  }

  /// A sentence of basic tokens.
  init(basicTokens words: [String], _ tokenizer: Tokenizer) {
    self.words = words
    var pieces: [Int32] = []
    var ranges: [Range<Int>] = []
    for word in words {
      let start = pieces.count
      pieces.append(contentsOf: tokenizer.pieces(of: word))
      ranges.append(start..<pieces.count)
    }
    self.pieces = pieces
    self.ranges = ranges
  }
}

/// One word of one sentence of a list.
public struct WordPlace: Sendable, Hashable {
  /// Index into the list of sentences.
  public let sentence: Int
  /// Index into the sentence's words.
  public let word: Int

  /// Word `word` of sentence `sentence`.
  public init(sentence: Int, word: Int) {
    self.sentence = sentence
    self.word = word
  }
}
