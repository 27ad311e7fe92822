import Files
import Foundation
import TestSupport
import Testing
import Text
import Training
import Transformer

@testable import Tasks

/// Correlations of SciPy, of `Fixtures/training.json`.
private struct CorrelationFixture: Decodable {
  struct Case: Decodable {
    let x: [Double]
    let y: [Double]
    let pearson: Double
    let spearman: Double
  }
  let correlation: [Case]
}

@Suite struct SentenceEmbeddingTaskTests {
  private let task = SentenceEmbeddingTask()

  /// Pairs whose second vector stands at an angle to the first.
  private func pairs(cosines: [Double], numbers: [Double]) -> (Outputs, TaskRows) {
    let vectors = cosines.flatMap { cosine -> [Float] in
      [2, 0, Float(3 * cosine), Float(3 * (1 - cosine * cosine).squareRoot())]
    }
    let count = 2 * cosines.count
    let examples = InMemoryExamples(
      ids: (0..<count).map { Int32($0) }, offsets: Array(0...count),
      targets: .numbers(numbers.flatMap { [Float($0), Float($0)] }),
      rows: (0..<count).map { Int32($0 / 2) })
    return (Outputs(columns: 2, values: vectors), TaskRows(examples))
  }

  private func row(_ text: String, _ pair: String?, _ label: String?, line: Int = 2) -> LabelledRow
  {
    LabelledRow(text: text, pair: pair, label: label, line: line)
  }

  @Test func `correlations of cosines and numbers are those of SciPy`() throws {
    let fixture = try JSONDecoder().decode(
      CorrelationFixture.self, from: Data(try Fixtures.bytes("training.json")))
    #expect(fixture.correlation.count == 3)
    #expect(task.metrics(labels: 0).map(\.name) == ["spearmanr", "pearson"])
    for entry in fixture.correlation {
      // Cosines are within -1 and 1; a correlation does not see the scale.
      let largest = entry.x.map(abs).max() ?? 1
      let (outputs, rows) = pairs(
        cosines: entry.x.map { $0 / largest }, numbers: entry.y)
      let scores = task.scores(of: outputs, on: rows)
      #expect(abs(scores[1] - entry.pearson) < 1e-5)
      // Rounded cosines may tie where the numbers do not: not in this fixture's distinct ones.
      #expect(abs(scores[0] - entry.spearman) < 1e-5)
    }
  }

  @Test func `scores of equal cosines, of no pairs and of unknown numbers are undefined`() {
    let (outputs, rows) = pairs(cosines: [0.5, 0.5], numbers: [1, 2])
    #expect(task.scores(of: outputs, on: rows).allSatisfy { $0.isNaN })
    let alone = TaskRows(InMemoryExamples(ids: [5, 6], offsets: [0, 1, 2]))
    #expect(task.scores(of: outputs, on: alone).allSatisfy { $0.isNaN })
    #expect(task.baseline(on: rows, labels: []).score == 0)
    #expect(task.chiefScore(of: outputs, on: alone) == nil)
  }

  @Test
  func `agreement is the share of texts with the teacher's nearest neighbour, each text once`() {
    // Texts 0 and 3 are the same.
    let rows = TaskRows(InMemoryExamples(ids: [5, 6, 7, 5], offsets: [0, 1, 2, 3, 4]))
    let teacher = Outputs(columns: 2, values: [1, 0, 0.9, 0.1, 0, 1, 1, 0])
    let student = Outputs(columns: 3, values: [1, 0, 0, 0, 1, 0.2, 0, 1, 0, 1, 0, 0])
    // Of text 0 text 1 is nearest for both; of 1 it is 0 and 2; of 2 it is 1 and 1.
    #expect(abs(task.agreement(of: student, with: teacher, on: rows) - 2 / 3) < 1e-12)
    #expect(task.agreement(of: teacher, with: teacher, on: rows) == 1)
    #expect(task.closeness(of: student, to: teacher, on: rows).isEmpty)
    let close = task.closeness(of: teacher, to: teacher, on: rows)
    #expect(close.map(\.name) == ["teacher_cosine"] && abs(close[0].value - 1) < 1e-6)
    let one = TaskRows(InMemoryExamples(ids: [5], offsets: [0, 1]))
    #expect(task.agreement(of: teacher, with: teacher, on: one).isNaN)
  }

  @Test func `a pair is two sequences with its number, a text is one`() throws {
    let tokenizer = try Tokenizer(
      tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b"],
      settings: TokenizerSettings())
    let pair = task.examples(
      of: row("a", "b b b", "2.5"), target: .number(2.5), tokenizer: tokenizer,
      lengths: SequenceLengths(longest: 4))
    #expect(pair.map(\.encoding.ids) == [[2, 5, 3], [2, 6, 6, 3]])
    #expect(pair.map(\.target) == [.number(2.5), .number(2.5)])
    #expect(pair.map(\.encoding.truncatedCount) == [0, 1])
    let single = task.examples(
      of: row("a", nil, nil), target: .none, tokenizer: tokenizer,
      lengths: SequenceLengths(longest: 9))
    #expect(single.map(\.encoding.ids) == [[2, 5, 3]])
  }

  @Test func `numbers of pairs are read, labels of texts are not`() throws {
    let rows = [row("a", "b", "2.5"), row("a", "b", "-1e1", line: 3)]
    let read = { (rows: [LabelledRow], allows: Bool) in
      try task.targets(of: rows, labels: [], path: "x.csv", allowsMissing: allows)
    }
    #expect(try read(rows, false) == [.number(2.5), .number(-10)])
    #expect(try read([row("a", nil, "good")], false) == [.none])
    let some = rows + [row("a", "b", "", line: 4)]
    #expect(throws: TextError.self) { try read(some, false) }
    #expect(try read(some, true) == [.number(2.5), .number(-10), .none])
    for word in ["high", "nan", "1e99", "0x10"] {
      let error = #expect(throws: TextError.self) {
        try read(rows + [row("a", "b", word, line: 7)], false)
      }
      #expect(error?.description.hasPrefix("x.csv:7: 1 pairs have no number") == true)
    }
    let named = #expect(throws: TextError.self) {
      try task.labels(named: ["x"], of: rows, path: "x.csv")
    }
    #expect(named?.description.hasPrefix("labels: ") == true)
    #expect(try task.labels(named: [], of: rows, path: "x.csv").isEmpty)
  }

  @Test func `a student takes the pooling of its teacher`() {
    let teacher = Head.embedding(pooling: .cls, isNormalized: true)
    #expect(task.head(labels: [], style: .hf, ofTeacher: teacher) == teacher)
    #expect(
      task.head(labels: [], style: .hf, ofTeacher: .none)
        == .embedding(pooling: .mean, isNormalized: false))
    #expect(TaskTable.ofRows(under: teacher)?.name == "sentence-embedding")
  }

  @Test func `answers are vectors, and of a pair the cosine too`() throws {
    let (outputs, rows) = pairs(cosines: [0.6], numbers: [1])
    let answer = try #require(task.answers(outputs, to: rows, labels: []).first)
    #expect(answer.object.members.map(\.name) == ["cosine", "embeddings"])
    #expect(abs((answer.object["cosine"]?.real ?? 0) - 0.6) < 1e-6)
    let alone = TaskRows(InMemoryExamples(ids: [5, 6], offsets: [0, 1, 2]))
    let answers = task.answers(outputs, to: alone, labels: [])
    #expect(answers.map(\.text) == ["[2.0,0.0]", "[1.8,2.4]"])
    #expect(answers[1].object["embedding"]?.array?.count == 2)
  }
}
