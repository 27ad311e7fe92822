extension LabelledRow {
  /// Makes a row of words.
  ///
  /// Its text is the words with a space between them; white space inside a word, which no tokenizer
  /// tells from other white space, is a no-break space there, so the text can be cut into the same words.
  ///
  /// - Parameters:
  ///   - words: The words.
  ///   - answer: What is right for them.
  ///   - id: What the file calls the row.
  ///   - line: The line of the first word.
  ///   - wordsHaveLines: Whether every word has a line of its own.
  public init(
    words: [String], answer: RowAnswer, id: String? = nil, line: Int, wordsHaveLines: Bool
  ) {
    self.init(text: Self.text(of: words), answer: answer, id: id, line: line)
    self.words = words
    self.wordsHaveLines = wordsHaveLines
  }

  /// Makes a row of words that stand in lines of their own, of which some between them may hold none.
  ///
  /// - Parameters:
  ///   - words: The words.
  ///   - answer: What is right for them.
  ///   - wordLines: The line of each word.
  init(words: [String], answer: RowAnswer, wordLines: [Int]) {
    self.init(words: words, answer: answer, line: wordLines.first ?? 0, wordsHaveLines: true)
    let areNeighbours = wordLines.enumerated().allSatisfy { $1 == line + $0 }
    if !areNeighbours { self.wordLines = wordLines }
  }

  /// The words that a row was given as, or else those of its text.
  public var wordsOfText: [String] { words.isEmpty ? Self.words(of: text) : words }

  /// The words of a text: what stands between spaces as BERT's normalizer sees them.
  ///
  /// So the tokens of the words are those of the text, as a pipeline of transformers has them. A no-break
  /// space is a space; a control character, which is dropped, is none.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - keepsNoBreakSpaces: Take a no-break space for a part of a word, as in the text of a row of words.
  /// - Returns: The words, in order.
  public static func words(of text: String, keepsNoBreakSpaces: Bool = false) -> [String] {
    text.unicodeScalars.split { scalar in
      switch scalar {
      case "\u{0B}", "\u{0C}", "\u{85}": false
      case "\u{A0}": !keepsNoBreakSpaces
      default: scalar.properties.isWhitespace
      }
    }.map { String($0) }
  }

  /// The line of a word.
  public func line(ofWord word: Int) -> Int {
    guard wordsHaveLines else { return line }
    return wordLines.indices.contains(word) ? wordLines[word] : line + word
  }

  private static func text(of words: [String]) -> String {
    words.map { word in
      guard word.unicodeScalars.contains(where: \.properties.isWhitespace) else { return word }
      return String(
        String.UnicodeScalarView(
          word.unicodeScalars.map { $0.properties.isWhitespace ? "\u{a0}" : $0 }))
    }.joined(separator: " ")
  }
}
