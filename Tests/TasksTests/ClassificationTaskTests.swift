import Files
import Foundation
import TestSupport
import Testing
import Text
import Training
import Transformer

@testable import Tasks

/// The predictions of `Fixtures/training.json` and what scikit-learn says of them.
private struct MetricsFixture: Decodable {
  struct Case: Decodable {
    let predictions: [Int32]
    let labels: [Int32]
    let accuracy: Double
    let f1: Double?
    let macro: Double
    let micro: Double
    let weighted: Double
    let matthews: Double
  }
  let classification: [Case]
}

@Suite struct ClassificationTaskTests {
  private let task = ClassificationTask()

  private func outputs(_ rows: [[Float]]) -> Outputs {
    Outputs(columns: rows[0].count, values: rows.flatMap { $0 })
  }

  private func rows(_ labels: [Int32]) -> TaskRows {
    TaskRows(
      InMemoryExamples(
        ids: labels.map { _ in 5 }, offsets: Array(0...labels.count), targets: .labels(labels)))
  }

  @Test func `accuracy, F1 and Matthews correlation are those of scikit-learn`() throws {
    let fixture = try JSONDecoder().decode(
      MetricsFixture.self, from: Data(try Fixtures.bytes("training.json")))
    #expect(fixture.classification.count == 5)
    for entry in fixture.classification {
      let columns = entry.f1 == nil ? 3 : 2
      let outputs = outputs(
        entry.predictions.map { predicted in
          (0..<columns).map { Float($0 == Int(predicted) ? 1 : 0) }
        })
      let scores = task.scores(of: outputs, on: rows(entry.labels))
      let expected =
        [entry.accuracy] + (entry.f1.map { [$0] } ?? [])
        + [entry.macro, entry.micro, entry.weighted, entry.matthews]
      #expect(scores.count == expected.count)
      for (score, oracle) in zip(scores, expected) { #expect(abs(score - oracle) < 1e-12) }
      #expect(task.metrics(labels: columns).count == scores.count)
      let share = try #require(task.chiefScore(of: outputs, on: rows(entry.labels)))
      #expect(share(Array(entry.labels.indices)) == scores[0])
      for (row, (answer, label)) in zip(entry.predictions, entry.labels).enumerated() {
        #expect(share([row, row]) == (answer == label ? 1 : 0))
      }
      let counts = try #require(
        task.confusion(of: outputs, on: rows(entry.labels), labels: columns))
      #expect(counts.flatMap { $0 }.reduce(0, +) == entry.labels.count)
      #expect(
        counts.indices.reduce(0) { $0 + counts[$1][$1] }
          == zip(entry.predictions, entry.labels).count { $0 == $1 })
    }
  }

  @Test func `a row without a label is never right`() {
    let outputs = outputs([[1, 0], [0, 1]])
    #expect(task.scores(of: outputs, on: rows([0, -1]))[0] == 0.5)
    let unlabelled = TaskRows(InMemoryExamples(ids: [5, 5], offsets: [0, 1, 2]))
    #expect(task.scores(of: outputs, on: unlabelled)[0] == 0)
  }

  @Test func `two models agree where they give the same class`() {
    let one = outputs([[1, 0], [0, 1], [2, 1], [0, 3]])
    let other = outputs([[5, 0], [4, 1], [2, 2], [0, 1]])
    #expect(task.agreement(of: one, with: other, on: rows([])) == 0.75)
  }

  @Test func `a teacher must beat the majority class`() {
    let rows = rows([1, 1, 0, 1])
    let names = ["no", "yes"]
    let right = GuessCheck(
      task, outputs([[0, 1], [0, 1], [1, 0], [0, 1]]), on: rows, labels: names)
    #expect(right.isPassed && right.score == 1)
    #expect(
      right.figures
        == "teacher accuracy 100.0 % on the development split, majority class 'yes' 75.0 %, which 4 rows "
        + "do not tell apart: it may be no better")
    let many = (0..<100).map { Int32($0 % 4 == 2 ? 0 : 1) }
    let answers = outputs(many.map { $0 == 0 ? [1, 0] : [0, 1] })
    let sure = GuessCheck(
      task, answers, on: self.rows(many), labels: names, of: "student", split: "'test'")
    #expect(sure.figures == "student accuracy 100.0 % on 'test', majority class 'yes' 75.0 %")
    let equal = GuessCheck(
      task, outputs([[0, 1], [0, 1], [0, 1], [0, 1]]), on: rows, labels: names)
    #expect(!equal.isPassed && equal.score == 0.75 && equal.metric.name == "accuracy")
  }

  @Test func `the answer names the class and gives every probability and logit`() throws {
    let answers = task.answers(
      outputs([[0.5, -1], [1, 2]]), to: rows([]), labels: ["no", "yes"])
    #expect(answers.map(\.text) == ["no", "yes"])
    // 1 / (1 + exp(-1.5))
    #expect(abs(answers[0].probabilities[0] - 0.817_574_476_193_643_7) < 1e-12)
    #expect(answers.allSatisfy { abs($0.probabilities.reduce(0, +) - 1) < 1e-12 })
    let object = answers[0].object
    #expect(object.members.map(\.name) == ["label", "probabilities", "logits"])
    #expect(
      object["label"] == .string("no") && object["logits"] == .array([.real(0.5), .real(-1)]))
    #expect(object["probabilities"]?.array?.compactMap(\.real) == answers[0].probabilities)
  }

  @Test func `names that were given come before those that occur`() throws {
    let rows = ["b", "a", "b"].enumerated().map { LabelledRow(text: "t", label: $1, line: $0 + 1) }
    #expect(try task.labels(named: [], of: rows, path: "f") == ["a", "b"])
    let names = try task.labels(named: ["b", "a"], of: rows, path: "f")
    #expect(names == ["b", "a"])
    #expect(
      try task.targets(of: rows, labels: names, path: "f", allowsMissing: false)
        == [.label(0), .label(1), .label(0)])
    #expect(task.head(labels: names, style: .hf) == .classification(labels: 2, style: .hf))
  }
}
