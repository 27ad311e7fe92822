public import Compute

/// Word vectors of unit length, in the order of their file.
public struct WordVectors {
  /// The words, each once.
  public let words: [String]
  /// Their vectors, `[words, dimension]`, of unit length.
  public let table: Matrix
  private let rows: [String: Int]

  /// Keeps distinct words and their vectors, `words.count * dimension` numbers.
  init(words: [String], unitVectors: [Float], dimension: Int) {
    precondition(unitVectors.count == words.count * dimension)
    self.words = words
    table = Matrix(rows: words.count, columns: dimension, values: unitVectors)
    rows = Dictionary(zip(words, 0...), uniquingKeysWith: { first, _ in first })
  }

  /// The row of a word.
  public func row(of word: String) -> Int? { rows[word] }
}
