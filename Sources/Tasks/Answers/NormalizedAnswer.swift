import Foundation

/// An answer as the official scripts of SQuAD compare it: without capitals, punctuation, articles and
/// surplus space.
struct NormalizedAnswer: Hashable {
  /// What is left, word by word.
  let words: [String]

  /// Whether nothing is left.
  var isEmpty: Bool { words.isEmpty }

  /// Normalises an answer, letter by letter as Python does.
  init(_ text: String) {
    var scalars = Self.lowercased(Array(text.unicodeScalars))
    scalars.removeAll { Self.punctuation.contains($0) }
    words = Self.withoutArticles(scalars).split(whereSeparator: Self.isSpace).map { word in
      var text = String.UnicodeScalarView()
      text.append(contentsOf: word)
      return String(text)
    }
  }

  /// Equal when all bytes are: Swift calls other spellings of accented letters equal too.
  static func == (left: NormalizedAnswer, right: NormalizedAnswer) -> Bool {
    left.words.elementsEqual(right.words) { $0.utf8.elementsEqual($1.utf8) }
  }

  /// Twice the harmonic mean of precision and recall over words; what two answers without words are
  /// worth depends on the version.
  ///
  /// - Parameters:
  ///   - gold: A right answer.
  ///   - isVersion2: Whether two empty answers are equal, as in version 2, or share no word.
  /// - Returns: From 0 to 1.
  func f1(_ gold: NormalizedAnswer, isVersion2: Bool) -> Double {
    if isVersion2, isEmpty || gold.isEmpty { return self == gold ? 1 : 0 }
    var counts: [[UInt8]: Int] = [:]
    for word in gold.words { counts[Array(word.utf8), default: 0] += 1 }
    var same = 0
    for word in words where (counts[Array(word.utf8)] ?? 0) > 0 {
      counts[Array(word.utf8), default: 0] -= 1
      same += 1
    }
    guard same > 0 else { return 0 }
    let precision = Double(same) / Double(words.count)
    let recall = Double(same) / Double(gold.words.count)
    return 2 * precision * recall / (precision + recall)
  }

  /// `string.punctuation` of Python.
  private static let punctuation = Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".unicodeScalars)

  /// `str.isspace` of Python.
  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
  }

  /// `\w` of Python: letters, whatever counts as a number, and the low line.
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return true
    default: return scalar == "_" || properties.numericType != nil
    }
  }

  /// `str.lower` of Python: a sigma at the end of a word has a form of its own.
  private static func lowercased(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    for (index, scalar) in scalars.enumerated() {
      guard scalar == "\u{3A3}" else {
        result += scalar.properties.lowercaseMapping.unicodeScalars
        continue
      }
      let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
      let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
      let endsWord =
        before?.properties.isCased == true && after?.properties.isCased != true
      result.append(endsWord ? "\u{3C2}" : "\u{3C3}")
    }
    return result
  }

  /// `re.sub(r"\b(a|an|the)\b", " ", text)` of Python.
  private static func withoutArticles(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var index = 0
    while index < scalars.count {
      let isStart = isWord(scalars[index]) && (index == 0 || !isWord(scalars[index - 1]))
      let article = isStart ? articles.first { stands($0, at: index, in: scalars) } : nil
      result.append(article == nil ? scalars[index] : " ")
      index += article?.count ?? 1
    }
    return result
  }

  private static let articles = ["a", "an", "the"].map { Array($0.unicodeScalars) }

  private static func stands(
    _ word: [Unicode.Scalar], at index: Int, in scalars: [Unicode.Scalar]
  ) -> Bool {
    let end = index + word.count
    return end <= scalars.count && scalars[index..<end].elementsEqual(word)
      && (end == scalars.count || !isWord(scalars[end]))
  }
}
