import Foundation
import TestSupport
import Testing

/// Questions about a text of 67,000 characters, which is many windows.
@Suite(.enabled(if: PythonOracle.isAvailable)) struct LongContextTests {
  private struct Said: Decodable {
    let answer: String
    let start: Int
    let end: Int
  }

  private struct Theirs: Decodable {
    let text: String
  }

  @Test func `answers in 67,000 characters are those of transformers, at their exact characters`()
    throws
  {
    let world = try QuestionWorld.shared()
    var numbers = ArbitraryNumbers(67)
    // Characters of several scalars and bytes, which are counted by scalars.
    let words =
      SmallWorld.things + SmallWorld.rest + ["\u{1F600}", "e\u{301}te\u{301}", "日本", "  "]
    var context = ""
    var places: [Int] = []
    while context.unicodeScalars.count < 67_000 {
      // The last one stands close to the end.
      if context.unicodeScalars.count > 66_800, places.isEmpty {
        places.append(context.unicodeScalars.count)
        context += "great "
      }
      context += words[numbers.below(words.count)] + " "
    }
    let place = try #require(places.first)
    let rows = ["what was it ?", "we like x ?", "  what was it ?"].map {
      ["question": $0, "context": context]
    }
    try withTemporaryFolder { folder in
      let lines = try rows.map {
        String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self) + "\n"
      }
      try Disk.write(lines.joined(), to: folder + "/rows.jsonl")
      let theirs = try PythonOracle.run(
        "squad.py", ["answers", world.folder + "/student", folder + "/rows.jsonl", "24", "8"]
      ).split(separator: "\n").map {
        try JSONDecoder().decode(Theirs.self, from: Data($0.utf8))
      }
      let ours = try Distill.succeed(
        ["predict", "--model", "student.h5", "--input", folder + "/rows.jsonl", "--json"]
          + QuestionWorld.windows, in: world.folder
      ).lines.map { try JSONDecoder().decode(Said.self, from: Data($0.utf8)) }
      try #require(ours.count == rows.count && theirs.count == rows.count)
      let scalars = Array(context.unicodeScalars)
      for (own, other) in zip(ours, theirs) {
        #expect(own.answer == other.text)
        #expect(own.answer.unicodeScalars.elementsEqual(scalars[own.start..<own.end]))
      }
      #expect(ours[0].answer == "great" && ours[0].start == place && ours[0].end == place + 5)
    }
  }
}
