import TestSupport
import Testing
import Text

@Suite struct SentenceFilterTests {
  private func batch(_ sentences: [String], ends: [Int] = []) -> SentenceBatch {
    var batch = SentenceBatch()
    batch.sentences = sentences
    batch.documentEnds = ends
    return batch
  }

  @Test func `documents end where they did, whatever is left out of them`() {
    var filter = SentenceFilter(minimumWords: 3)
    let kept = filter.kept(
      of: batch(["one", "one two three", "a b", "x y z", "q"], ends: [0, 1, 3, 3, 4, 5]))
    #expect(kept.sentences == ["one two three", "x y z"])
    #expect(kept.documentEnds == [0, 0, 1, 1, 2, 2])
    #expect(filter.counts.short == 3)
  }

  @Test func `a sentence is left out for the first reason, and counted once`() {
    var heldOut = HeldOutSentences()
    _ = heldOut.insert("Never seen before, really.")
    var filter = SentenceFilter(
      minimumWords: 2, proseOnly: true, heldOut: heldOut, repeated: RepeatedSentences(.exact))
    let text = [
      "word", "a | b | 0.5 | 12 | 13", "never seen BEFORE really", "a good film", "A  good\tfilm ",
      "a good film!",
    ]
    #expect(filter.kept(of: batch(text)).sentences == ["a good film", "a good film!"])
    let counts = filter.counts
    #expect(
      [counts.short, counts.noProse, counts.heldOut, counts.repeated] == [1, 1, 1, 1])
  }

  @Test(
    arguments: [
      ("The quick brown fox.", true), ("x = y[0] + z[1];", false), ("1 2 3 4", false),
      ("----------", false), ("Überraschung für alle", true), ("日本語の文です。", true),
      ("In 1984 he moved to 12 Main Street.", true), ("", false),
    ]) func `prose is mostly letters`(text: String, isProse: Bool)
  {
    #expect(SentenceFilter.isProse(text) == isProse)
  }

  /// Whether each text repeats one before.
  private func told(_ texts: [String], by repeated: inout RepeatedSentences) -> [Bool] {
    var told: [Bool] = []
    for text in texts { told.append(repeated.isRepeated(text)) }
    return told
  }

  @Test func `the same text is told but for case and white space`() {
    var repeated = RepeatedSentences(.exact)
    let same = ["Ein schöner Tag", "ein SCHÖNER tag", "  Ein\u{A0}schöner \t Tag "]
    let toldSame = told(same, by: &repeated)
    #expect(toldSame == [false, true, true])
    let others = ["Einschöner Tag", "Ein schöner Tag.", "Ein schoner Tag", ""]
    let toldOthers = told(others, by: &repeated)
    #expect(toldOthers == [false, false, false, false])
  }

  @Test func `what lies too far back is forgotten, and that is told`() {
    var repeated = RepeatedSentences(.exact, capacity: 10)
    let first = told((0..<20).map { "sentence \($0)" }, by: &repeated)
    #expect(!first.contains(true))
    let again = told(["sentence 0", "sentence 19"], by: &repeated)
    #expect(again == [true, true])
    #expect(!repeated.hasForgotten)
    let more = told(["sentence 20"], by: &repeated)
    #expect(more == [false] && repeated.hasForgotten)
    let last = told(["sentence 0", "sentence 15"], by: &repeated)
    #expect(last == [false, true])
  }

  /// The share of runs of five words that two texts have in common, by sets of strings.
  private func likeness(_ first: [String], _ second: [String]) -> Double {
    let runs = { (words: [String]) in
      Set(
        (0...max(0, words.count - 5)).map {
          words[$0..<min($0 + 5, words.count)].joined(separator: " ")
        })
    }
    let (one, other) = (runs(first), runs(second))
    return Double(one.intersection(other).count) / Double(one.union(other).count)
  }

  @Test func `near repetitions are those with most runs of five words in common`() {
    // Each text against one that has some of its words changed, in another store each time.
    var numbers = ArbitraryNumbers(17)
    var found: [Int: (told: Int, all: Int)] = [:]
    for _ in 0..<3000 {
      let words = (0..<12 + numbers.below(60)).map { _ in "w\(numbers.below(5000))" }
      var changed = words
      for _ in 0..<numbers.below(7) {
        changed[numbers.below(changed.count)] = "x\(numbers.below(999))"
      }
      var repeated = RepeatedSentences(.near)
      let both = [words.joined(separator: " "), changed.joined(separator: ", ").uppercased()]
      let isTold = told(both, by: &repeated)[1]
      let tenth = Int(10 * likeness(words, changed))
      found[tenth, default: (0, 0)].all += 1
      if isTold { found[tenth, default: (0, 0)].told += 1 }
    }
    // The chance of a band is s^6, of one of eight 1 - (1 - s^6)^8: within each tenth it lies between
    // those at its ends, five standard deviations aside.
    for (tenth, counts) in found where counts.all >= 30 {
      let chance = { (s: Double) in
        1
          - (0..<8).reduce(1.0) { product, _ in
            product * (1 - (0..<6).reduce(1.0) { power, _ in power * s })
          }
      }
      let share = Double(counts.told) / Double(counts.all)
      let slack = 2.5 / Double(counts.all).squareRoot()
      #expect(share >= chance(Double(tenth) / 10) - slack, "\(tenth): \(share)")
      #expect(share <= chance(min(1, Double(tenth + 1) / 10)) + slack, "\(tenth): \(share)")
    }
    #expect(found[10].map { $0.told == $0.all } == true)
    #expect(found.values.count { $0.all >= 30 } >= 8)
  }

  @Test func `short texts are near repetitions only of the same words`() {
    var repeated = RepeatedSentences(.near)
    let answers = told(["a good film", "A good film.", "a bad film", "...", "..."], by: &repeated)
    #expect(answers == [false, true, false, false, false])
  }

  @Test func `held-out texts are told whole, or by eight words in a row`() {
    var heldOut = HeldOutSentences()
    _ = heldOut.insert("it 's a charming and often affecting journey .")
    _ = heldOut.insert("Good.")
    #expect(heldOut.count == 2)
    for text in [
      "It's a charming and often affecting journey!", "good",
      "They say it's a charming and often affecting journey again.",
    ] { #expect(heldOut.overlaps(text), "\(text)") }
    for text in ["a charming and often affecting journey", "good film", "...", ""] {
      #expect(!heldOut.overlaps(text), "\(text)")
    }
  }
}
