import Foundation
import TestSupport
import Testing
import Text

/// Pairs of texts, by what must hold of them: every word here occurs once in the whole text, so where a
/// token comes from is known.
@Suite struct PairMixerTests {
  /// Documents of sentences of words, each of its own.
  private struct Toy {
    var documents: [[[Int32]]] = []
    let tokenizer: Tokenizer
    /// Document, sentence and place of each word.
    private(set) var places: [Int32: (document: Int, sentence: Int, word: Int)] = [:]

    /// Documents of as many sentences as told, of 1 to `longest` words.
    init(_ sizes: [Int], longest: Int, seed: UInt64 = 3) throws {
      var numbers = ArbitraryNumbers(seed)
      let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
      var words: [String] = []
      for (document, size) in sizes.enumerated() {
        var sentences: [[Int32]] = []
        for sentence in 0..<size {
          var ids: [Int32] = []
          for word in 0..<1 + numbers.below(longest) {
            let id = Int32(special.count + words.count)
            places[id] = (document, sentence, word)
            ids.append(id)
            words.append("w\(words.count)")
          }
          sentences.append(ids)
        }
        documents.append(sentences)
      }
      tokenizer = try Tokenizer(tokens: special + words, settings: TokenizerSettings())
    }

    func text(_ ids: [Int32]) -> String { ids.map { "w\($0 - 5)" }.joined(separator: " ") }

    /// The sequences of all documents.
    func sequences(
      _ mixing: PairMixing, length: Int, mode: CorpusChunker.Mode = .pairs
    ) -> (made: [CorpusSequence], chunker: CorpusChunker) {
      var chunker = CorpusChunker(tokenizer, maxSeqLength: length, mode: mode, mixing: mixing)
      var made: [CorpusSequence] = []
      for document in documents {
        for sentence in document { made += chunker.append(text(sentence)) }
        made += chunker.endDocument()
      }
      return (made, chunker)
    }

    /// The two texts of a sequence, their special tokens checked and taken off.
    func texts(_ sequence: CorpusSequence) -> (first: [Int32], second: [Int32]) {
      let end = sequence.secondSegmentStart
      #expect(sequence.ids.first == tokenizer.classifierId)
      #expect(sequence.ids[end - 1] == tokenizer.separatorId)
      #expect(sequence.ids.last == tokenizer.separatorId)
      let first = Array(sequence.ids[1..<end - 1])
      let second = Array(sequence.ids[end...].dropLast())
      #expect(!first.isEmpty && (!sequence.isPair || !second.isEmpty))
      #expect((first + second).allSatisfy { $0 >= 5 })
      return (first, second)
    }
  }

  @Test func `without texts of others every sentence is used once, in order`() throws {
    let toy = try Toy([40, 1, 7, 3, 120, 2], longest: 9)
    let mixing = PairMixing(otherShare: 0, seed: 5)
    let (made, chunker) = toy.sequences(mixing, length: 32)
    let counts = try #require(chunker.pairCounts)
    let all = toy.documents.flatMap { $0.flatMap(\.self) }
    let used = made.flatMap { toy.texts($0).first + toy.texts($0).second }
    #expect(used == used.sorted() && Set(used).count == used.count)
    #expect(used.count + counts.cutTokens == all.count)
    #expect(counts.cutTokens > 0 && counts.otherPairs == 0)
    #expect(counts.unpaired >= 1)  // of the document of one sentence
    #expect(counts.pairs + counts.unpaired == made.count)
    for sequence in made where sequence.isPair {
      #expect(sequence.count <= 32)
      let (first, second) = toy.texts(sequence)
      // A boundary lies between two sentences, however much was cut off the ends.
      let (one, other) = try (#require(toy.places[first[0]]), #require(toy.places[second[0]]))
      #expect(one.document == other.document && one.sentence < other.sentence)
      guard sequence.count < 32 else { continue }
      let sentences = toy.documents[one.document]
      #expect(one.word == 0 && other.word == 0)
      #expect(first == Array(sentences[one.sentence..<other.sentence].joined()))
    }
  }

  @Test func `second texts of others are of other documents, and what is not used comes back`()
    throws
  {
    let toy = try Toy((0..<60).map { 1 + $0 % 9 }, longest: 9)
    let (made, chunker) = toy.sequences(PairMixing(otherShare: 1, seed: 5), length: 24)
    let counts = try #require(chunker.pairCounts)
    #expect(counts.otherPairs > counts.pairs * 9 / 10)
    var firsts: [Int32] = []
    for sequence in made {
      let (first, second) = toy.texts(sequence)
      firsts += first
      let documents = { (ids: [Int32]) in Set(ids.compactMap { toy.places[$0]?.document }) }
      #expect(documents(first).count == 1)
      guard sequence.isPair, documents(second) != documents(first) else {
        firsts += second
        continue
      }
      // Consecutive words of one document that was read before.
      #expect(documents(second).count == 1)
      #expect(second == Array(second[0]..<second[0] + Int32(second.count)))
      #expect(second[0] < first[0])
    }
    #expect(Set(firsts).count == firsts.count)
    let all = toy.documents.flatMap { $0.flatMap(\.self) }
    #expect(all.count - firsts.count <= counts.cutTokens)
  }

  @Test func `lengths are the limit, or where they are to be short anything below`() throws {
    let toy = try Toy([400, 400, 400], longest: 6)
    let long = toy.sequences(PairMixing(shortShare: 0, seed: 1), length: 40).made
    // The last of a document may be shorter, and a second text of another ends with its sentence.
    #expect(long.count { $0.count == 40 } > long.count * 8 / 10)
    let (short, _) = toy.sequences(PairMixing(shortShare: 1, seed: 1), length: 40)
    let lengths = Set(short.map(\.count))
    #expect(lengths.isSuperset(of: 6...40))
    let tenth = toy.sequences(PairMixing(seed: 1), length: 40).made
    let share = Double(tenth.count { $0.count < 38 }) / Double(tenth.count)
    #expect((0.05..<0.25).contains(share), "\(share)")
  }

  @Test func `a mixture has the shares asked for, all lengths and both segments`() throws {
    let toy = try Toy((0..<300).map { 5 + $0 % 30 }, longest: 8)
    let (made, chunker) = toy.sequences(
      PairMixing(pairShare: 0.4, seed: 9), length: 32, mode: .mixed)
    let counts = try #require(chunker.pairCounts)
    let total = Double(counts.pairs + counts.unpaired + counts.singles + counts.packed)
    #expect(Int(total) == made.count)
    #expect(abs(Double(counts.pairs + counts.unpaired) / total - 0.4) < 0.04)
    #expect(abs(Double(counts.singles) / total - 0.3) < 0.04)
    #expect(abs(Double(counts.otherPairs) / Double(counts.pairs) - 0.5) < 0.08)
    #expect(Set(made.map(\.count)).isSuperset(of: 3...32))
    #expect(made.count { $0.isPair } == counts.pairs)
    #expect(Set(made.filter(\.isPair).map(\.secondSegmentStart)).isSuperset(of: 4...26))
    // What is not in pairs loses nothing.
    let single = toy.sequences(PairMixing(pairShare: 0, seed: 9), length: 32, mode: .mixed)
    #expect(
      single.made.flatMap { toy.texts($0).first } == toy.documents.flatMap { $0.flatMap(\.self) })
  }

  @Test func `another seed mixes otherwise, the same seed the same`() throws {
    let toy = try Toy([30, 30, 30], longest: 6)
    let made = { (seed: UInt64) in
      toy.sequences(PairMixing(pairShare: 0.5, seed: seed), length: 20, mode: .mixed).made
    }
    #expect(made(1) == made(1) && made(1) != made(2))
  }

  @Test func `the smallest limit holds a pair of one token each`() throws {
    let toy = try Toy([4, 1, 6], longest: 3)
    let (made, _) = toy.sequences(PairMixing(seed: 1), length: 5)
    #expect(made.contains { $0.isPair })
    #expect(made.allSatisfy { (3...5).contains($0.count) })
    for sequence in made { _ = toy.texts(sequence) }
  }

  @Test
  func `what is kept stays small in a document without end, and is checked when it comes back`()
    throws
  {
    let toy = try Toy([6000, 3], longest: 12)
    var chunker = CorpusChunker(toy.tokenizer, maxSeqLength: 64, mode: .mixed)
    for sentence in toy.documents[0] { _ = chunker.append(toy.text(sentence)) }
    let size = try JSONEncoder().encode(chunker.state).count
    #expect(size < 400_000, "\(size)")
    #expect(chunker.accepts(chunker.state))
    let plain = CorpusChunker(toy.tokenizer, maxSeqLength: 64)
    #expect(!plain.accepts(chunker.state))
    #expect(!CorpusChunker(toy.tokenizer, maxSeqLength: 16, mode: .mixed).accepts(chunker.state))
    let encoded = String(decoding: try JSONEncoder().encode(chunker.state), as: UTF8.self)
    let broken = encoded.replacingOccurrences(of: "\"chunks\":", with: "\"chunks\":-")
    #expect(broken != encoded)
    let state = try JSONDecoder().decode(CorpusChunker.State.self, from: Data(broken.utf8))
    #expect(!chunker.accepts(state))
  }
}
