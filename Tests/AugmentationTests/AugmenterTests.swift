import Testing
import Text

@testable import Augmentation

@Suite struct AugmenterTests {
  private let tokenizer: Tokenizer

  init() throws {
    tokenizer = try SmallVocabulary.tokenizer(
      [
        "the", "film", "good", "was", "play", "##ful", "don", "t", "'", ".", ",", "7", "zebra",
        "sad",
      ])
  }

  private func options(_ rewrites: Int, _ probability: Double, seed: UInt64 = 1)
    -> AugmentationOptions
  {
    var options = AugmentationOptions()
    options.rewrites = rewrites
    options.replacementProbability = probability
    options.seed = seed
    return options
  }

  private func augment(
    _ rows: [AugmentationRow], _ table: [String: [String]], _ options: AugmentationOptions
  ) throws -> Augmentation {
    try Augmenter(
      tokenizer: tokenizer, contextual: TableCandidates(table), lexical: nil, options: options
    )
    .augment(rows: rows[...], startingAt: 0)
  }

  @Test func `a word is replaced with the probability asked for, each candidate equally often`()
    throws
  {
    let words = ["alpha", "beta", "gamma", "delta"]
    let rows = (0..<3_000).map { _ in AugmentationRow(first: "good film sad") }
    let result = try augment(rows, ["good": words, "film": words, "sad": words], options(1, 0.4))
    var replaced = 0
    var counts: [String: Int] = [:]
    for row in result.rows where row.rewrite == 1 {
      for (now, before) in zip(row.first.split(separator: " "), ["good", "film", "sad"])
      where now != before {
        replaced += 1
        counts[String(now), default: 0] += 1
      }
    }
    // 9,000 draws of p = 0.4: mean 3,600, deviation 46.5 (4 of them allowed). Rewrites that equal the
    // original are dropped, and hold no replaced word.
    #expect(abs(replaced - 3_600) < 186, "\(replaced)")
    // Each candidate: mean 900, deviation 28.5.
    for word in words { #expect(abs(counts[word, default: 0] - 900) < 114, "\(word) \(counts)") }
    // Unchanged with probability 0.6^3: mean 648, deviation 22.5.
    #expect(abs(result.statistics.duplicates - 648) < 90, "\(result.statistics)")
  }

  @Test func `rewrites of a second text stand beside the last of the first where that may leak`()
    throws
  {
    let rows = [
      AugmentationRow(first: "The good film.", second: "Sad zebra"),
      AugmentationRow(first: "good", second: "'"), AugmentationRow(first: "film"),
    ]
    let table = ["good": ["fine"], "film": ["movie"], "sad": ["dull"], "zebra": ["horse"]]
    var options = options(3, 1)
    let pairs = { (result: Augmentation) in
      result.rows.map { "\($0.source).\($0.rewrite) \($0.first) | \($0.second ?? "-")" }
    }
    #expect(
      try pairs(augment(rows, table, options)) == [
        "0.0 The good film. | Sad zebra", "0.1 the fine movie . | Sad zebra",
        "0.2 The good film. | dull horse", "1.0 good | '", "1.1 fine | '", "2.0 film | -",
        "2.1 movie | -",
      ])
    options.leaksFirstTexts = true
    // The program of TinyBERT writes every text of a column, the first of them as it is, into one row, and
    // never takes back what the column before has come to.
    #expect(
      try pairs(augment(rows, table, options)) == [
        "0.0 The good film. | Sad zebra", "0.1 the fine movie . | Sad zebra",
        "0.2 the fine movie . | Sad zebra", "0.3 the fine movie . | dull horse",
        "1.0 good | '", "1.1 fine | '", "1.2 fine | '", "2.0 film | -", "2.1 movie | -",
      ])
  }

  @Test func `the stop words of TinyBERT's program keep negations and leave question words`() {
    #expect(StopWords.tinybert.count == 145)
    #expect(["no", "not", "nor", "the", "y"].allSatisfy(StopWords.tinybert.contains))
    #expect(!["what", "who", "whom", "when", "never"].contains(where: StopWords.tinybert.contains))
    let own = StopWords.english
    #expect(own.contains("never") && own != StopWords.tinybert)
  }

  @Test func `probability 0 changes nothing and 1 changes everything`() throws {
    let rows = [AugmentationRow(first: "The good film.")]
    let table = ["good": ["fine"], "film": ["movie"]]
    #expect(try augment(rows, table, options(5, 0)).rows.map(\.first) == ["The good film."])
    let all = try augment(rows, table, options(5, 1))
    #expect(all.rows.map(\.first) == ["The good film.", "the fine movie ."])
    #expect(all.rows.map(\.rewrite) == [0, 1])
    #expect(all.statistics.duplicates == 4)
    #expect(all.statistics.rewrites == 1)
  }

  @Test func `rewrites are distinct and none equals the original`() throws {
    let rows = (0..<50).map { _ in AugmentationRow(first: "Good film, sad zebra!") }
    let table = [
      "good": ["good", "fine"], "film": ["film", "movie"], "sad": ["sad", "dull"],
      "zebra": ["horse"],
    ]
    let result = try augment(rows, table, options(30, 0.5))
    for (_, group) in Dictionary(grouping: result.rows, by: \.source) {
      let texts = group.dropFirst().map(\.first)
      #expect(Set(texts).count == texts.count)
      #expect(!texts.contains("good film , sad zebra !"))
      #expect(group.first?.first == "Good film, sad zebra!")
    }
    #expect(result.statistics.rewrites + result.statistics.duplicates == 50 * 30)
    #expect(result.rows.count == 50 + result.statistics.rewrites)
  }

  @Test(arguments: [1, 7, 64])
  func `any slicing gives the same rows`(size: Int) throws {
    let rows = (0..<130).map {
      AugmentationRow(
        first: "good film \($0 % 3 == 0 ? "sad" : "zebra")", second: $0 % 4 == 0 ? "sad good" : nil)
    }
    let table = Dictionary(
      uniqueKeysWithValues: ["good", "film", "sad", "zebra"].map { ($0, ["a", "b", "c", "d"]) })
    let augmenter = Augmenter(
      tokenizer: tokenizer, contextual: TableCandidates(table), lexical: nil,
      options: options(6, 0.4))
    let whole = try augmenter.augment(rows: rows[...], startingAt: 0)
    var parts: [AugmentedRow] = []
    var statistics = AugmentationStatistics()
    for start in stride(from: 0, to: rows.count, by: size) {
      let part = try augmenter.augment(
        rows: rows[start..<min(start + size, rows.count)], startingAt: start)
      parts += part.rows
      statistics += part.statistics
    }
    #expect(parts == whole.rows)
    #expect(statistics == whole.statistics)
    // Equal texts at different places draw differently.
    let equal = [1, 2].map { source in whole.rows.filter { $0.source == source }.map(\.first) }
    #expect(equal[0] != equal[1])
  }

  @Test func `words among their own candidates are counted, and how often words are there`() throws
  {
    let rows = (0..<4).map { AugmentationRow(first: "Good film sad\($0 == 0 ? " film" : "")") }
    let augmenter = Augmenter(
      tokenizer: tokenizer,
      contextual: TableCandidates(["good": ["fine", "Good"], "film": ["movie"], "sad": ["sad"]]),
      lexical: nil, options: options(1, 1))
    var statistics = try augmenter.augment(rows: rows[...], startingAt: 0).statistics
    #expect(statistics.contextualWords == 13 && statistics.recoveredWords == 8)
    let known = augmenter.frequencies(in: rows[...])
    #expect(known.map(\.word) == ["film", "good", "sad"] && known.map(\.count) == [5, 4, 4])
    // Counts of a version that did not count them.
    var old = statistics
    old.recoveredWords = nil
    statistics += old
    #expect(statistics.recoveredWords == nil && statistics.isPossible)
  }

  @Test func `another seed draws other rewrites`() throws {
    let rows = (0..<20).map { _ in AugmentationRow(first: "good film sad") }
    let table = ["good": ["a", "b"], "film": ["c", "d"], "sad": ["e", "f"]]
    let one = try augment(rows, table, options(4, 0.4, seed: 1))
    #expect(try augment(rows, table, options(4, 0.4, seed: 1)) == one)
    #expect(try augment(rows, table, options(4, 0.4, seed: 2)).rows != one.rows)
  }

  @Test func `the sides of a pair vary one at a time`() throws {
    let rows = [AugmentationRow(first: "The good.", second: "A sad film.")]
    let result = try augment(
      rows, ["good": ["fine", "nice"], "sad": ["dull"], "film": ["movie", "play"]], options(20, 0.5)
    )
    #expect(
      result.rows[0]
        == AugmentedRow(source: 0, rewrite: 0, first: "The good.", second: "A sad film."))
    let rewritten = result.rows.dropFirst()
    #expect(rewritten.contains { $0.first != "The good." })
    #expect(rewritten.contains { $0.second != "A sad film." })
    for row in rewritten { #expect((row.first == "The good.") != (row.second == "A sad film.")) }
    #expect(result.rows.map(\.rewrite) == Array(result.rows.indices))
    #expect(result.statistics.rewrites + result.statistics.duplicates == 40)
  }

  @Test func `candidates are looked for where a round replaces a word, and there alone`() throws {
    let source = TableCandidates(["good": ["fine"], "film": ["movie"], "sad": ["dull"]])
    let augmenter = Augmenter(
      tokenizer: tokenizer, contextual: source, lexical: nil, options: options(1, 0.4))
    let rows = (0..<500).map { AugmentationRow(first: "good film sad 7 \($0)") }
    let result = try augmenter.augment(rows: rows[...], startingAt: 0)
    let replaced = result.rows.filter { $0.rewrite > 0 }
      .map {
        $0.first.split(separator: " ").filter { ["fine", "movie", "dull"].contains($0) }.count
      }
    #expect(source.asked.count == replaced.reduce(0, +))
    #expect(result.statistics.askedWords == source.asked.count)
    #expect(result.statistics.eligibleWords == 1_500)
    #expect(result.statistics.candidates == source.asked.count)
  }

  @Test func `the sides of a pair draw on their own`() throws {
    let rows = [AugmentationRow(first: "good film", second: "good film")]
    let result = try augment(
      rows, ["good": ["a", "b", "c", "d"], "film": ["e", "f", "g", "h"]], options(20, 0.5))
    let firsts = result.rows.map(\.first).filter { $0 != "good film" }
    let seconds = result.rows.compactMap(\.second).filter { $0 != "good film" }
    #expect(firsts.count > 5 && firsts != seconds)
  }

  @Test func `the order of a word's candidates does not matter`() throws {
    let rows = (0..<10).map { _ in AugmentationRow(first: "good film") }
    let one = try augment(rows, ["good": ["a", "b", "c"], "film": ["d", "e"]], options(9, 0.5))
    let other = try augment(rows, ["good": ["c", "a", "b"], "film": ["e", "d"]], options(9, 0.5))
    #expect(one == other)
  }

  @Test func `only words of letters that are neither stop words nor protected are asked about`()
    throws
  {
    var options = options(1, 1)
    options.protectedWords = ["Zebra"]
    let contextual = TableCandidates([:])
    let lexical = TableCandidates([:])
    let augmenter = Augmenter(
      tokenizer: tokenizer, contextual: contextual, lexical: lexical, options: options)
    let result = try augmenter.augment(
      rows: [AugmentationRow(first: "The playful zebra wasn't good 7 caf\u{E9} \u{3B1} film qqq")][
        ...],
      startingAt: 0)
    #expect(contextual.asked == ["good", "cafe", "film", "qqq"])  // qqq is [UNK]: one piece
    #expect(lexical.asked == ["playful"])
    #expect(result.rows.count == 1)
    #expect(result.statistics.eligibleWords == 5)
    #expect(result.statistics.contextualWords == 4)
    #expect(result.statistics.wordsWithoutCandidates == 5)
    #expect(result.statistics.words == 12)
  }

  @Test func `without a contextual source the lexical one is asked about every word`() throws {
    let lexical = TableCandidates(["good": ["fine"], "playful": ["merry"]])
    let augmenter = Augmenter(
      tokenizer: tokenizer, contextual: nil, lexical: lexical, options: options(3, 1))
    let result = try augmenter.augment(
      rows: [AugmentationRow(first: "playful, good")][...], startingAt: 4)
    #expect(result.rows.map(\.first) == ["playful, good", "merry , fine"])
    #expect(result.rows.map(\.source) == [4, 4])
  }

  @Test func `empty and wordless texts give their original alone`() throws {
    let rows = ["", "  ", "...", "the was"].map { AugmentationRow(first: $0) }
    let result = try augment(rows, [:], options(3, 1))
    #expect(result.rows.map(\.first) == ["", "  ", "...", "the was"])
    #expect(result.statistics.duplicates == 12)
    #expect(try augment([], [:], options(3, 1)).rows == [])
  }

  @Test func `a text shared by many rows is asked about once`() throws {
    let source = TableCandidates(["good": ["fine"]])
    let augmenter = Augmenter(
      tokenizer: tokenizer, contextual: source, lexical: nil, options: options(1, 1))
    let rows = (0..<5).map { _ in AugmentationRow(first: "good", second: "good") }
    _ = try augmenter.augment(rows: rows[...], startingAt: 0)
    #expect(source.asked == ["good"])
  }
}
