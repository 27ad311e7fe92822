public import Compute

/// Candidates by cosine in word vectors, such as GloVe's: TinyBERT's source for words of several
/// pieces.
///
/// A word is looked up as it stands, then in lower case; a capitalised word gets capitalised
/// candidates. The word itself is never among them.
public final class WordVectorCandidates: CandidateSource {
  private let vectors: WordVectors
  private let search: NearestWords
  private let count: Int
  private var known: [String: [String]] = [:]

  /// Makes a source of at most `candidates` words each.
  public init(_ vectors: WordVectors, candidates: Int = 15, on context: ComputeContext) {
    precondition(candidates > 0)
    self.vectors = vectors
    count = candidates
    search = NearestWords(table: vectors.table, on: context)
  }

  /// Looks the words up; the sentences around them do not matter.
  public func candidates(for places: [WordPlace], in sentences: [SegmentedSentence]) -> [[String]] {
    let asked = places.map { sentences[$0.sentence].words[$0.word] }
    let unknown = asked.withoutRepetitions().filter { known[$0] == nil }
    let rows = unknown.map { vectors.row(of: $0) ?? vectors.row(of: $0.lowercased()) }
    let queries = rows.compactMap(\.self).map {
      NearestWords.Query(vector: vectors.table.rows($0..<$0 + 1).values(), excluded: $0)
    }
    var answers = search.neighbours(of: queries, count: count).makeIterator()
    for (word, row) in zip(unknown, rows) {
      let neighbours = row == nil ? [] : answers.next() ?? []
      known[word] = neighbours.map { vectors.words[$0].capitalized(like: word) }
        .withoutRepetitions().filter { $0 != word }
    }
    return asked.map { known[$0] ?? [] }
  }
}
