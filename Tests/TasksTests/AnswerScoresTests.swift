import Files
import Foundation
import TestSupport
import Testing

@testable import Tasks

@Suite struct AnswerScoresTests {
  @Test(arguments: [
    ("The  Cat's (big) hat!", ["cats", "big", "hat"]), ("a an the", []), ("An-the", ["anthe"]),
    ("a\u{301}b the_x a", ["\u{301}b", "thex"]), ("ΟΔΟΣ Σ ΣΑΣ", ["οδος", "σ", "σας"]),
    ("İstanbul", ["i\u{307}stanbul"]), ("¿Qué? «the» end", ["¿qué", "«", "»", "end"]),
    ("x\u{1F}y\u{A0}z\u{85}w", ["x", "y", "z", "w"]), ("the1 1the a²", ["the1", "1the", "a²"]),
  ])
  func `answers are compared as the official script normalises them`(
    text: String, words: [String]
  ) {
    let found = NormalizedAnswer(text).words
    #expect(found.count == words.count)
    for (word, expected) in zip(found, words) {
      #expect(word.utf8.elementsEqual(expected.utf8), "\(found)")
    }
  }

  @Test func `answers without words are right where there is no answer alone`() {
    let first = AnswerScores(["the", "x y", "Y"], gold: [["a"], ["X"], ["z", "the y"]])
    #expect(first.exact == [true, false, true])
    #expect(first.f1 == [0, 2.0 / 3, 1])
    let second = AnswerScores(["", "x", "the", ""], gold: [[], [], ["x"], ["an"]])
    #expect(second.exact == [true, false, false, true] && second.f1 == [1, 0, 0, 1])
    #expect(second.hasAnswer == [false, false, true, true])
    #expect(second.means(ofAnswerable: false).exact == 0.5)
    #expect(second.means().f1 == 0.5)
  }

  /// 1,000 data sets of a few questions each: words that meet often, articles, marks, letters of many
  /// kinds, none.
  @Test(.enabled(if: PythonOracle.isAvailable))
  func `scores equal the official scripts' on random answers`() throws {
    let pieces = [
      "the", "The", "a", "an", "cat", "Cat", "dog's", "x", "", ",", "U.S.", "\u{A0}", "\t", "É",
      "é",
      "e\u{301}", "ΣΑΣ", "İ", "ß", "1", "½", "_", "the_", "«a»", "“the”", "a-an", "日本", "ﬁ", "ǅ",
      "\u{345}", "\u{1F}", "ª", "Ⅷ", "\u{200B}a",
    ]
    var numbers = ArbitraryNumbers(5)
    func text() -> String {
      (0..<numbers.below(5)).map { _ in pieces[numbers.below(pieces.count)] }.joined(
        separator: [" ", " ", "", "  "][numbers.below(4)])
    }
    var draws: [(answers: [String], gold: [[String]])] = []
    for draw in 0..<1000 {
      let count = 1 + numbers.below(4)
      let gold = (0..<count).map { _ in
        (0..<(draw % 2 == 0 ? 1 + numbers.below(3) : numbers.below(3))).map { _ in text() }
      }
      let answers = gold.map { gold in
        numbers.below(2) == 0 ? gold.first ?? "" : text()
      }
      draws.append((answers, gold))
    }
    let lines = try draws.map { draw in
      let json = JSONValue.object(
        JSONObject([
          ("answers", .array(draw.answers.map { .string($0) })),
          ("gold", .array(draw.gold.map { .array($0.map { .string($0) }) })),
        ]))
      return String(decoding: try json.encoded(), as: UTF8.self) + "\n"
    }
    try withTemporaryFolder { folder in
      try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: folder + "/draws.jsonl"))
      let expected = try PythonOracle.run("squad.py", ["scores", folder + "/draws.jsonl"])
        .split(separator: "\n").map {
          try JSONDecoder().decode([String: Double].self, from: Data($0.utf8))
        }
      try #require(expected.count == draws.count)
      var second = 0
      for (draw, theirs) in zip(draws, expected) {
        let scores = AnswerScores(draw.answers, gold: draw.gold)
        var ours = ["exact": scores.means().exact, "f1": scores.means().f1]
        if draw.gold.contains(where: \.isEmpty) {
          second += 1
          for (part, name) in [(true, "HasAns"), (false, "NoAns")]
          where scores.hasAnswer.contains(part) {
            ours[name + "_exact"] = scores.means(ofAnswerable: part).exact
            ours[name + "_f1"] = scores.means(ofAnswerable: part).f1
          }
        }
        #expect(ours.keys.sorted() == theirs.keys.sorted())
        for (name, value) in theirs {
          #expect(abs((ours[name] ?? .nan) - value) < 1e-12, "\(name) of \(draw)")
        }
      }
      #expect(second > 200)
    }
  }
}
