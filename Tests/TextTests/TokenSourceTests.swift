import Files
import TestSupport
import Testing
import Text

struct TokenSourceTests {
  private let tokenizer: Tokenizer

  init() throws {
    tokenizer = try Tokenizer(folder: Fixtures.path("text/tokenizer"))
  }

  @Test func `tokens of the torture set come from where Hugging Face has them from`() throws {
    let lines = try fixtureLines("torture.jsonl")
    let texts = (lines[0].object?["texts"]?.array ?? []).compactMap(\.string)
    var compared = 0
    for (settings, line) in zip(allSettings, lines.dropFirst()) {
      guard let expected = line.object?["sources"]?.array else { continue }
      let tokenizer = try Tokenizer(tokens: fixtureTokens(), settings: settings)
      for (text, sources) in zip(texts, expected) {
        let encoding = tokenizer.encode(text, withSources: true)
        #expect(encoding.flatSources == sources.ids, "\(text)")
        #expect(encoding.ids == tokenizer.encode(text).ids, "\(text)")
        compared += 1
      }
    }
    #expect(compared == 6 * 32)
  }

  @Test func `tokens of pairs keep their sources when others are cut off`() throws {
    let lines = try fixtureLines("pair_sources.jsonl")
    #expect(lines.count == 61)
    for line in lines {
      let row = try #require(line.array)
      let encoding = tokenizer.encode(
        row[0].string ?? "", row[1].string, maxLength: row[2].integer, withSources: true)
      #expect(encoding.ids == row[3].ids, "\(row)")
      #expect(encoding.flatSources == row[4].ids, "\(row)")
    }
  }

  @Test func `added tokens are words of their own, with the whitespace they take along`() throws {
    try withTemporaryFolder { folder in
      _ = try write(try Fixtures.text("text/added_tokens.json"), folder, "tokenizer.json")
      let tokenizer = try Tokenizer(folder: folder)
      for line in try fixtureLines("added_tokens.jsonl") {
        let row = try #require(line.array)
        let encoding = tokenizer.encode(row[0].string ?? "", withSources: true)
        #expect(encoding.flatSources == row[3].ids, "\(row[0])")
      }
    }
  }

  @Test func `words given as a list make the tokens that they make in Hugging Face`() throws {
    let lines = try fixtureLines("words.jsonl")
    #expect(lines.count == 152)
    for line in lines {
      let row = try #require(line.array)
      let words = (row[0].array ?? []).compactMap(\.string)
      let encoding = tokenizer.encode(words: words, maxLength: row[1].integer)
      #expect(encoding.ids == row[2].ids, "\(row)")
      #expect(encoding.flatSources == row[3].ids, "\(row)")
      let whole = tokenizer.encode(words: words).ids.count
      #expect(encoding.truncatedCount == whole - encoding.ids.count)
    }
  }

  @Test func `windows of long texts are those of Hugging Face`() throws {
    let lines = try fixtureLines("windows.jsonl")
    var most = 0
    var refused = 0
    for line in lines {
      let row = try #require(line.array)
      let windows = tokenizer.windows(
        row[0].string ?? "", row[1].string, maxLength: try #require(row[2].integer),
        overlap: try #require(row[3].integer))
      let expected = row[4].array
      #expect(windows?.count == expected?.count, "\(row)")
      for (window, parts) in zip(windows ?? [], expected ?? []) {
        #expect(window.ids == parts.array?[0].ids)
        #expect(window.types == parts.array?[1].ids)
        #expect(window.flatSources == parts.array?[2].ids)
        #expect(window.secondSegmentStart == window.types.firstIndex(of: 1) ?? window.ids.count)
      }
      most = max(most, windows?.count ?? 0)
      refused += windows == nil ? 1 : 0
    }
    #expect(lines.count == 43)
    #expect(most == 9)
    #expect(refused == 5)
    #expect(tokenizer.windows("hello world", maxLength: 3, overlap: -1) == nil)
  }

  @Test func `a mark out of a longer decomposition takes no place of its own`() throws {
    // U+1D15E is U+1D157 U+1D165, and U+1B44 goes before the latter; places as in Hugging Face.
    let tokens = try fixtureTokens() + ["##\u{1D165}"]
    let tokenizer = try Tokenizer(tokens: tokens, settings: TokenizerSettings())
    let encoding = tokenizer.encode("\u{1D15E}\u{1B44}", withSources: true)
    #expect(encoding.sources.map(\.range) == [0..<0, 0..<1, 1..<2, 1..<2, 0..<0])
  }

  @Test func `sources are said only when asked for`() throws {
    let encoding = tokenizer.encode("hello", "the world")
    #expect(encoding.sources.isEmpty)
    #expect(encoding.secondSegmentStart == 3)
    #expect(tokenizer.encode("hello").secondSegmentStart == 3)
    let traced = tokenizer.encode("hello", "the world", withSources: true)
    #expect(traced.sources[0] == TokenSource())
    #expect(traced.sources[4] == TokenSource(segment: 1, word: 1, range: 4..<9))
    #expect(traced.ids == encoding.ids)
  }
}
