import Testing
import Text

@testable import Augmentation

/// Rows that say which of their texts, and which of their words, are rewritten.
@Suite struct RewritingTests {
  private let tokenizer: Tokenizer
  private let table = [
    "good": ["fine", "a b", ""], "film": ["movie", "play"], "sad": ["dull"], "london": ["paris"],
  ]

  init() throws {
    tokenizer = try SmallVocabulary.tokenizer(
      ["the", "film", "good", "was", "sad", "london", "'", "s", ".", "-", "7"])
  }

  private func augment(_ rows: [AugmentationRow], rewrites: Int = 30, _ probability: Double = 0.5)
    throws -> [AugmentedRow]
  {
    var options = AugmentationOptions()
    options.rewrites = rewrites
    options.replacementProbability = probability
    return try Augmenter(
      tokenizer: tokenizer, contextual: TableCandidates(table), lexical: nil, options: options
    ).augment(rows: rows[...], startingAt: 0).rows
  }

  @Test
  func `words stay as many as they were, and those of several tokens or kept ones as they are`()
    throws
  {
    let words = ["The", "good-film", "London's", "London", "Good", "sad", ".", "7", "film"]
    var row = AugmentationRow(first: words.joined(separator: " "))
    row.rewritingFirst = .words(words, kept: [8])
    let rewritten = try augment([row]).dropFirst().map { $0.first.split(separator: " ") }
    let expected =
      [["The"], ["good-film"], ["London's"]].map(Set.init) + [
        ["London", "Paris"], ["Good", "Fine"], ["sad", "dull"], ["."], ["7"], ["film"],
      ]
    for place in words.indices {
      #expect(Set(rewritten.map { String($0[place]) }) == expected[place], "\(words[place])")
    }
    #expect(rewritten.allSatisfy { $0.count == words.count })
    #expect(Set(rewritten).count == rewritten.count && rewritten.count == 7)
  }

  @Test func `a text that stays draws nothing, and the other one what it drew beside it`() throws {
    let pair = AugmentationRow(first: "good film", second: "sad film")
    let both = try augment([pair])
    for side in [0, 1] {
      var one = pair
      if side == 0 { one.rewritingSecond = .none } else { one.rewritingFirst = .none }
      #expect(!one.isLeftAlone)
      let rows = try augment([one])
      let untouched: (AugmentedRow) -> Bool = { row in
        side == 0 ? row.second == "sad film" : row.first == "good film"
      }
      #expect(rows.allSatisfy(untouched))
      #expect(
        rows.map { [$0.first, $0.second] } == both.filter(untouched).map { [$0.first, $0.second] })
      #expect(rows.count > 2 && rows.map(\.rewrite) == Array(rows.indices))
    }
    var still = pair
    (still.rewritingFirst, still.rewritingSecond) = (.none, .none)
    #expect(still.isLeftAlone)
    #expect(try augment([still]).count == 1)
  }

  @Test func `the same text as words and as tokens is asked about twice`() throws {
    var row = AugmentationRow(first: "good film")
    row.rewritingFirst = .words(["good", "film"], kept: [])
    let source = TableCandidates(table)
    var options = AugmentationOptions()
    (options.rewrites, options.replacementProbability) = (1, 1)
    let augmenter = Augmenter(
      tokenizer: tokenizer, contextual: source, lexical: nil, options: options)
    let rows = [row, row, AugmentationRow(first: "good film")]
    _ = try augmenter.augment(rows: rows[...], startingAt: 0)
    #expect(source.asked == ["good", "film", "good", "film"])
  }
}
