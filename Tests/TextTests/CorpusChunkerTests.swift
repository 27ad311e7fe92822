import Foundation
import TestSupport
import Testing
import Text

struct CorpusChunkerTests {
  private func tokenizer() throws -> Tokenizer {
    try Tokenizer(folder: Fixtures.path("text/tokenizer"))
  }

  /// The sequences of a file as text, special tokens left out.
  private func chunks(
    _ text: String, _ name: String = "x.txt", length: Int, mode: CorpusChunker.Mode,
    long: CorpusChunker.LongSentences = .split
  ) throws -> (sequences: [String], counts: CorpusChunker.Counts) {
    let tokenizer = try tokenizer()
    var chunker = CorpusChunker(tokenizer, maxSeqLength: length, mode: mode, longSentences: long)
    var sequences: [String] = []
    try withTemporaryFolder { folder in
      try chunker.read(try write(text, folder, name)) { sequence in
        let ids = sequence.ids
        #expect(ids.first == tokenizer.classifierId)
        #expect(ids.last == tokenizer.separatorId)
        #expect(ids.count <= length)
        let tokens = ids.dropFirst().dropLast().map { tokenizer.token($0) ?? "?" }
        sequences.append(tokens.joined(separator: " "))
      }
    }
    return (sequences, chunker.counts)
  }

  @Test func `each sentence is a sequence`() throws {
    let (sequences, counts) = try chunks(
      "hello world\r\nthe student\n\n\u{AD}\n \nhello", length: 8, mode: .sentences)
    #expect(sequences == ["hello world", "the student", "hello"])
    #expect(counts.sentences == 4)
    #expect(counts.emptySentences == 1)
    #expect(counts.documents == 2)
    #expect(counts.sequences == 3)
    #expect(counts.tokens == 11)
    #expect(counts.longSentences == 0)
  }

  @Test func `sentences of a document are packed as long as they fit whole`() throws {
    let (sequences, counts) = try chunks(
      "hello world\nthe student\nhello hello\n\nworld\n\n\nthe", length: 6, mode: .packed)
    #expect(sequences == ["hello world the student", "hello hello", "world", "the"])
    #expect(counts.documents == 3)
    #expect(counts.tokens == 8 + 8)
  }

  @Test func `long sentences are split before a word`() throws {
    // `unaffable` is three pieces, which do not fit behind two words.
    let text = "hello world unaffable the student hello"
    let (sequences, counts) = try chunks(text, length: 6, mode: .sentences)
    #expect(sequences == ["hello world", "un ##aff ##able the", "student hello"])
    #expect(counts.longSentences == 1)
    #expect(counts.truncatedTokens == 0)
  }

  @Test func `a word longer than a sequence is split between its pieces`() throws {
    let (sequences, _) = try chunks("unaffable hello", length: 4, mode: .sentences)
    #expect(sequences == ["un ##aff", "##able hello"])
  }

  @Test func `long sentences are truncated when asked for`() throws {
    let (sequences, counts) = try chunks(
      "hello world unaffable the\nhello", length: 6, mode: .sentences, long: .truncate)
    #expect(sequences == ["hello world un ##aff", "hello"])
    #expect(counts.longSentences == 1)
    #expect(counts.truncatedTokens == 2)
  }

  @Test func `the end of a split sentence is packed with the next`() throws {
    let (sequences, counts) = try chunks(
      "hello\nworld world world world the\nstudent", length: 5, mode: .packed)
    #expect(sequences == ["hello", "world world world", "world the student"])
    #expect(counts.tokens == 7 + 6)
  }

  @Test func `a row of a table is a document of its texts`() throws {
    let text = "sentence1\tsentence2\tlabel\nhello\tworld\t1\nthe\tstudent\t0\n"
    let (sequences, counts) = try chunks(text, "x.tsv", length: 8, mode: .packed)
    #expect(sequences == ["hello world", "the student"])
    #expect(counts.documents == 2)
  }

  @Test(arguments: CorpusChunker.Mode.allCases)
  func `any number of threads gives the sequences of a line-by-line reading`(
    mode: CorpusChunker.Mode
  ) throws {
    // Several batches; blank lines before, between and after them, alone and in runs.
    var numbers = ArbitraryNumbers(31)
    let words = ["hello", "world", "the", "student", "unaffable", "\u{AD}"]
    let lines = (0..<12_000).map { line in
      if line > 4000 && line < 5000 { return "" }
      return (0..<max(0, numbers.below(15) - 1)).map { _ in words[numbers.below(words.count)] }
        .joined(separator: " ")
    }
    let tokenizer = try tokenizer()
    var plain = CorpusChunker(tokenizer, maxSeqLength: 9, mode: mode)
    var expected: [CorpusSequence] = []
    for line in lines {
      expected += line.isEmpty ? plain.endDocument() : plain.append(line)
    }
    expected += plain.endDocument()
    try withTemporaryFolder { folder in
      let path = try write(lines.joined(separator: "\n"), folder, "x.txt")
      for threads in [1, 2, 5] {
        var chunker = CorpusChunker(tokenizer, maxSeqLength: 9, mode: mode)
        var sequences: [CorpusSequence] = []
        try chunker.read(path, threads: threads) { sequences.append($0) }
        #expect(sequences == expected)
        #expect(chunker.counts == plain.counts)
      }
    }
  }

  @Test(arguments: CorpusChunker.Mode.allCases)
  func `a chunker goes on from the state of another`(mode: CorpusChunker.Mode) throws {
    var numbers = ArbitraryNumbers(32)
    let words = ["hello", "world", "the", "student", "unaffable"]
    let tokenizer = try tokenizer()
    var plain = CorpusChunker(tokenizer, maxSeqLength: 9, mode: mode)
    var relay = plain
    for _ in 0..<500 {
      let count = numbers.below(12)
      let line = (0..<count).map { _ in words[numbers.below(words.count)] }.joined(separator: " ")
      var next = CorpusChunker(tokenizer, maxSeqLength: 9, mode: mode)
      next.state = try JSONDecoder().decode(
        CorpusChunker.State.self, from: JSONEncoder().encode(relay.state))
      relay = next
      #expect(
        line.isEmpty
          ? relay.endDocument() == plain.endDocument() : relay.append(line) == plain.append(line))
    }
    #expect(relay.state == plain.state)
    #expect(plain.counts.documents > 20)
  }

  @Test func `batches are bounded and hold a file's sentences and document ends in order`() throws {
    try withTemporaryFolder { folder in
      let text = String(repeating: "hello world\nthe student\n\n", count: 6000)
      let reader = try SentenceReader(try write(text, folder, "x.txt"))
      var batches: [SentenceBatch] = []
      while let batch = try reader.next() { batches.append(batch) }
      #expect(try reader.next() == nil)
      #expect(batches.count > 2)
      #expect(batches.flatMap(\.sentences).count == 12_000)
      #expect(batches.map(\.documentEnds.count).reduce(0, +) == 6001)
      for batch in batches {
        #expect(batch.sentences.reduce(0) { $0 + $1.utf8.count } <= 1 << 16)
        #expect(batch.documentEnds == batch.documentEnds.sorted())
        #expect((batch.documentEnds.last ?? 0) <= batch.sentences.count)
      }
      // A faulty line is told with its number, whatever batch it would be in.
      let faulty = try write(text + "a\0b\n", folder, "faulty.txt")
      var chunker = CorpusChunker(try tokenizer(), maxSeqLength: 9)
      #expect {
        try chunker.read(faulty, threads: 3) { _ in }
      } throws: { "\($0)".contains("line 18001: byte") }
    }
  }
}
