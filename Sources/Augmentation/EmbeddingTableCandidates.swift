public import Compute
public import Text

/// Candidates by cosine in a model's own word-embedding table, for users without word vectors.
///
/// The vector of a word is the mean of its pieces' embeddings; candidates are the vocabulary's whole
/// words (letters only, no `##`, no special token). The word itself is never among them.
public final class EmbeddingTableCandidates: CandidateSource {
  private let embeddings: Matrix
  private let unknownId: Int32
  private let wholeWords: [String]
  private let rowOfToken: [Int32: Int]
  private let search: NearestWords
  private let count: Int
  private var known: [[Int32]: [String]] = [:]

  /// Makes a source of at most `candidates` words each.
  ///
  /// `wordEmbeddings` is the table of the tokenizer's model, `[vocabulary, hidden size]`; it must not
  /// change while the source is in use. Throws `AugmentationError` where the table is smaller than
  /// the vocabulary, or the vocabulary has no whole word.
  public init(
    wordEmbeddings: Matrix, tokenizer: Tokenizer, candidates: Int = 15, on context: ComputeContext
  ) throws {
    precondition(candidates > 0)
    let tokens = tokenizer.vocabulary.tokens
    guard tokens.count <= wordEmbeddings.rows else {
      throw AugmentationError(
        "the vocabulary has \(tokens.count) tokens and the embedding table "
          + "\(wordEmbeddings.rows) rows: use the tokenizer that belongs to the model")
    }
    var words: [String] = []
    var rows: [Int32: Int] = [:]
    var values: [Float] = []
    for (id, token) in tokens.enumerated()
    where token.isLettersOnly && !tokenizer.specialIds.contains(Int32(id)) {
      guard let unit = unitVector(wordEmbeddings.rows(id..<id + 1).values()) else { continue }
      rows[Int32(id)] = words.count
      words.append(token)
      values.append(contentsOf: unit)
    }
    guard !words.isEmpty else {
      throw AugmentationError(
        "no whole word in the vocabulary has an embedding: give a file of word vectors instead")
    }
    embeddings = wordEmbeddings
    unknownId = tokenizer.unknownId
    wholeWords = words
    rowOfToken = rows
    count = candidates
    search = NearestWords(
      table: Matrix(rows: words.count, columns: wordEmbeddings.columns, values: values), on: context
    )
  }

  /// Looks the words' pieces up; the sentences around them do not matter.
  public func candidates(for places: [WordPlace], in sentences: [SegmentedSentence]) -> [[String]] {
    let asked = places.map { place in
      let sentence = sentences[place.sentence]
      return Array(sentence.pieces[sentence.ranges[place.word]])
    }
    var unknown: [[Int32]] = []
    for pieces in asked where known[pieces] == nil && !pieces.contains(unknownId) {
      known[pieces] = []
      unknown.append(pieces)
    }
    let queries = unknown.map { pieces in
      NearestWords.Query(
        vector: mean(of: pieces),
        excluded: pieces.count == 1 ? pieces.first.flatMap { rowOfToken[$0] } : nil)
    }
    for (pieces, neighbours) in zip(unknown, search.neighbours(of: queries, count: count)) {
      known[pieces] = neighbours.map { wholeWords[$0] }
    }
    return zip(places, asked).map { place, pieces in
      let word = sentences[place.sentence].words[place.word]
      return (known[pieces] ?? []).map { $0.capitalized(like: word) }
        .withoutRepetitions().filter { $0 != word }
    }
  }

  private func mean(of pieces: [Int32]) -> [Float] {
    var sum = [Double](repeating: 0, count: embeddings.columns)
    for piece in pieces {
      for (column, value) in embeddings.rows(Int(piece)..<Int(piece) + 1).values().enumerated() {
        sum[column] += Double(value)
      }
    }
    return sum.map { Float($0 / Double(pieces.count)) }
  }
}
