import Artifacts
import Tasks
import TestSupport
import Testing
import Text
import Training

@testable import Stages

/// Rewrites of rows whose answers are not parts of their text.
extension RowRewritingTests {
  @Test func `numbers, sets of labels and rows without answer keep them`() throws {
    for targets: [Target] in [
      [.number(0.25), .number(-3)], [.labels([0, 2]), .labels([])], [.none, .none],
    ] {
      try withRows { rows, folder in
        rows.hasPairs = true
        for (target, first) in zip(targets, ["the film was bright", "7 songs were dull"]) {
          let encoding = rows.tokenizer.encode(first, "a warm story", maxLength: rows.maxLength)
          rows.split.append(first, pair: "a warm story", [RowExample(encoding, target: target)])
        }
        let made = try rows.augmented(in: folder).split
        let second = try #require(made.texts.firstIndex(of: "7 songs were dull"))
        #expect(second > 1 && made.texts.count > second + 1)
        for index in made.targets.indices {
          #expect(made.targets[index] == targets[index < second ? 0 : 1])
        }
        #expect(made.texts[second...].allSatisfy { $0.hasPrefix("7 ") })
      }
    }
  }

  @Test func `a teacher's answers stay with their rows, and that rewrites have none is said`()
    throws
  {
    try withRows { rows, folder in
      for first in ["the film was bright", "the song was dull"] {
        let encoding = rows.tokenizer.encode(first, maxLength: rows.maxLength)
        rows.split.append(
          first, pair: nil, [RowExample(encoding, target: .label(1))], answer: [0.5, 1, -1])
      }
      let (made, notes, _) = try rows.augmented(in: folder)
      let count = made.texts.count - 2
      #expect(count > 1)
      #expect(
        notes.contains("\(count) rewrites carry no teacher's answers, as no teacher has seen them"))
      for (index, text) in made.texts.enumerated() {
        let isOriginal = rows.split.texts.contains(text)
        #expect(Array(made.answers[index]) == (isOriginal ? [0.5, 1, -1] : []))
      }
    }
  }
}
