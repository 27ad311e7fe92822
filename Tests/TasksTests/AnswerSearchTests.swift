import Files
import Foundation
import TestSupport
import Testing
import Text
import Training
import Transformer

@testable import Tasks

/// A row of windows with random logits, as a task and as `run_qa.py` see it.
private struct RandomWindows {
  let context: String
  var examples: [Example] = []
  var logits = Ragged<Float>()
  var firstTokens: [Int32] = []
  var places: [Int32] = []
  var oracle: [JSONValue] = []

  init(_ numbers: inout ArbitraryNumbers, tokens: Int, windows: Int, spread: Double) {
    // Tokens of one to three characters with a space between.
    var text = ""
    for token in 0..<tokens {
      let start = text.unicodeScalars.count
      text += String(repeating: ["é", "w", "\u{1F600}"][token % 3], count: 1 + numbers.below(3))
      places += [Int32(start), Int32(text.unicodeScalars.count)]
      text += " "
    }
    context = text
    for _ in 0..<windows {
      let question = numbers.below(4)
      let first = numbers.below(tokens)
      let count = numbers.below(tokens - first + 1)
      let length = question + 3 + count
      let values = numbers.floats(2 * length, scale: spread)
      examples.append(
        Example(
          sequence: TokenSequence(
            ids: [Int32](repeating: 1, count: length),
            types: (0..<length).map { $0 < question + 2 ? 0 : 1 })))
      logits.append(values)
      firstTokens.append(Int32(first))
      let offsets = (0..<length).map { token -> JSONValue in
        let place = token - question - 2
        guard place >= 0, place < count else { return .null }
        return .array(
          [0, 1].map { .integer(Int(places[2 * (first + place) + $0])) })
      }
      let column = { (column: Int) in
        JSONValue.array((0..<length).map { .real(Double(values[2 * $0 + column])) })
      }
      oracle.append(
        .object(
          JSONObject([("offsets", .array(offsets)), ("start", column(0)), ("end", column(1))])))
    }
  }

  var sheet: AnswerSheet {
    var places = Ragged<Int32>()
    places.append(self.places)
    return AnswerSheet(
      contexts: [CountedText(context)], places: places, contextOfRow: [0], answers: [[]],
      firstTokens: firstTokens)
  }
}

@Suite struct AnswerSearchTests {
  private struct Expected: Decodable {
    struct Candidate: Decodable {
      let text: String
      let offsets: [Int]
      let probability: Double
      let startLogit: Double
      let endLogit: Double
      let madeUp: Bool?

      enum CodingKeys: String, CodingKey {
        case text, offsets, probability
        case startLogit = "start_logit"
        case endLogit = "end_logit"
        case madeUp = "made_up"
      }
    }
    let text: String
    let nbest: [Candidate]
    let difference: Double?
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `the answers, their order, places and probabilities are those of run_qa`() throws {
    var numbers = ArbitraryNumbers(23)
    var draws: [(windows: RandomWindows, search: AnswerSearch)] = []
    for draw in 0..<300 {
      var search = AnswerSearch()
      search.nBestSize = [1, 3, 20][draw % 3]
      search.maxAnswerLength = [1, 4, 30][numbers.below(3)]
      if draw % 2 == 1 { search.nullScoreDifference = Double(numbers.below(5)) - 2 }
      draws.append(
        (
          RandomWindows(
            &numbers, tokens: 1 + numbers.below(30), windows: 1 + numbers.below(4),
            spread: [0.5, 3, 8][numbers.below(3)]), search
        ))
    }
    let lines = try draws.map { windows, search in
      let json = JSONValue.object(
        JSONObject([
          ("context", .string(windows.context)), ("windows", .array(windows.oracle)),
          ("version_2", .boolean(search.nullScoreDifference != nil)),
          ("n_best_size", .integer(search.nBestSize)),
          ("max_answer_length", .integer(search.maxAnswerLength)),
          ("threshold", .real(search.nullScoreDifference ?? 0)),
        ]))
      return String(decoding: try json.encoded(), as: UTF8.self) + "\n"
    }
    try withTemporaryFolder { folder in
      try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: folder + "/draws.jsonl"))
      let expected = try PythonOracle.run("squad.py", ["search", folder + "/draws.jsonl"])
        .split(separator: "\n").map {
          try JSONDecoder().decode(Expected.self, from: Data($0.utf8))
        }
      try #require(expected.count == draws.count)
      var none = 0
      for (draw, theirs) in zip(draws, expected) {
        let (windows, search) = draw
        let examples = InMemoryExamples(
          windows.examples, rows: windows.examples.map { _ in 0 })
        let finding = try #require(
          search.findings(
            Outputs(columns: 2, rows: windows.logits), on: examples, windows.sheet
          ).first)
        let context = CountedText(windows.context)
        #expect(String(context[finding.best.characters]) == theirs.text)
        if theirs.text.isEmpty { none += 1 }
        if let difference = theirs.difference {
          #expect(abs(Double(finding.nullDifference ?? .nan) - difference) < 1e-5)
        }
        // Where nothing is possible, theirs makes a candidate up.
        guard theirs.nbest.allSatisfy({ $0.madeUp == nil }) else { continue }
        try #require(finding.candidates.count == theirs.nbest.count)
        for (own, other) in zip(finding.candidates, theirs.nbest) {
          #expect([own.characters.lowerBound, own.characters.upperBound] == other.offsets)
          #expect(
            Double(own.startLogit) == other.startLogit && Double(own.endLogit) == other.endLogit)
          #expect(abs(own.probability - other.probability) < 1e-6)
        }
      }
      #expect(none > 10)
    }
  }

  @Test func `a text without a possible answer is answered with nothing`() throws {
    var numbers = ArbitraryNumbers(1)
    var windows = RandomWindows(&numbers, tokens: 1, windows: 1, spread: 1)
    windows.examples = [Example(sequence: TokenSequence(ids: [1, 2, 3], types: [0, 0, 1]))]
    windows.logits = Ragged(values: [1, 2, 3, 4, 5, 6], offsets: [0, 6])
    for threshold in [nil, 0.0, -100] {
      var search = AnswerSearch()
      search.nullScoreDifference = threshold
      let finding = search.findings(
        Outputs(columns: 2, rows: windows.logits), on: InMemoryExamples(windows.examples),
        windows.sheet)[0]
      #expect(finding.best.isNone && finding.candidates.map(\.probability) == [1])
    }
  }
}
