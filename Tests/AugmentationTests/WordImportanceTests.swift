import Foundation
import TestSupport
import Testing
import Text

@testable import Augmentation

/// Words that say little of their text are replaced more often.
@Suite struct WordImportanceTests {
  /// `Fixtures/emphasis.json`: chances by NumPy.
  private struct Fixture: Decodable {
    struct Text: Decodable {
      let places: [Int]
      let chances: [Double]
    }

    struct Mean: Decodable {
      let mean: Double
      let texts: [Text]
    }

    let texts: [String]
    let chances: [Mean]
  }

  private let fixture: Fixture
  private let tokenizer: Tokenizer

  init() throws {
    fixture = try JSONDecoder().decode(
      Fixture.self, from: Data(try Fixtures.bytes("emphasis.json")))
    tokenizer = try SmallVocabulary.tokenizer(["the", "film", "good", "fun", "zebra"])
  }

  private var rows: [AugmentationRow] {
    // Counted without case, in both texts of a pair.
    stride(from: 0, to: fixture.texts.count, by: 2).map {
      AugmentationRow(first: fixture.texts[$0], second: fixture.texts[$0 + 1].capitalized)
    }
  }

  @Test func `chances are those of UDA`() throws {
    let importance = WordImportance(of: rows, tokenizer)
    for mean in fixture.chances {
      for (text, expected) in zip(fixture.texts, mean.texts) {
        let words = text.capitalized.split(separator: " ").map(String.init)
        let own = importance.chances(of: expected.places, in: words, mean: mean.mean)
        #expect(own.count == expected.chances.count)
        for (one, other) in zip(own, expected.chances) { #expect(abs(one - other) < 1e-12) }
      }
    }
    #expect(importance.chances(of: [], in: ["the"], mean: 0.4).isEmpty)
    // Never counted, and nothing counted at all: alike.
    #expect(importance.chances(of: [0, 1], in: ["new", "other"], mean: 0.4) == [0.4, 0.4])
    let empty = WordImportance(of: [], tokenizer)
    #expect(empty.chances(of: [0, 1], in: ["new", "new"], mean: 0.4) == [0.4, 0.4])
  }

  @Test func `words are replaced with these chances`() throws {
    let text = "film film zebra good plain"
    var options = AugmentationOptions()
    (options.rewrites, options.replacementProbability) = (1, 0.4)
    let rows = (0..<4000).map { _ in AugmentationRow(first: text) }
    let others = (0..<1000).map { AugmentationRow(first: $0 % 2 == 0 ? "good" : "plain good") }
    let importance = WordImportance(of: rows + others, tokenizer)
    let words = text.split(separator: " ").map(String.init)
    let chances = importance.chances(of: Array(0..<5), in: words, mean: 0.4)
    #expect(Set(chances).count > 2 && chances.contains(0))
    let table = ["film": ["x"], "zebra": ["x"], "good": ["x"], "plain": ["x"]]
    let result = try Augmenter(
      tokenizer: tokenizer, contextual: TableCandidates(table), lexical: nil, options: options,
      importance: importance
    ).augment(rows: rows[...], startingAt: 0)
    var counts = [Int](repeating: 0, count: 5)
    for row in result.rows where row.rewrite == 1 {
      for (place, word) in row.first.split(separator: " ").enumerated() where word == "x" {
        counts[place] += 1
      }
    }
    // Of 4,000 rows: a deviation is at most 32, of which 5 are allowed.
    for (count, chance) in zip(counts, chances) {
      #expect(abs(Double(count) - 4000 * chance) < 160, "\(counts) \(chances)")
    }
  }
}
