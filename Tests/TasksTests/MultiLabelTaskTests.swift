import Compute
import Files
import Foundation
import TestSupport
import Testing
import Text
import Training
import Transformer

@testable import Tasks

@Suite struct MultiLabelTaskTests {
  private let task = MultiLabelTask()

  private func written(_ answers: [RowAnswer]) -> [LabelledRow] {
    answers.enumerated().map { LabelledRow(text: "t", answer: $1, line: $0 + 2) }
  }

  private func rows(_ sets: [[Int32]]) -> TaskRows {
    var labels = Ragged<Int32>()
    for set in sets { labels.append(set) }
    return TaskRows(
      InMemoryExamples(
        ids: sets.map { _ in 5 }, offsets: Array(0...sets.count), targets: .labelSets(labels)))
  }

  private func outputs(_ rows: [[Float]]) -> Outputs {
    Outputs(columns: rows[0].count, values: rows.flatMap { $0 })
  }

  @Test func `labels are those that occur, sorted, and rows become ascending sets`() throws {
    let rows = written([.labels(["b", "a"]), .labels([]), .labels(["c", "c"])])
    let names = try task.labels(named: [], of: rows, path: "f")
    #expect(names == ["a", "b", "c"])
    #expect(
      try task.targets(of: rows, labels: names, path: "f", allowsMissing: false)
        == [.labels([0, 1]), .labels([]), .labels([2])])
    #expect(try task.labels(named: ["x"], of: rows, path: "f") == ["x"])
    let one = written([.labels(["a"]), .labels([])])
    #expect(try task.labels(named: [], of: one, path: "f") == ["a"])
  }

  @Test func `a file in which no row has a label says nothing of them`() throws {
    let none = written([.labels([]), .labels([])])
    #expect(
      try task.targets(of: none, labels: ["a"], path: "f", allowsMissing: false) == [.none, .none])
    let error = #expect(throws: TextError.self) {
      try task.labels(named: [], of: none, path: "f.tsv")
    }
    #expect(
      error?.description == "f.tsv:2: no row has a label; name the column with --label-column or "
        + "several with --label-columns, or give all labels with --labels if the rows have none")
    let some = written([.labels(["a"]), .label("")])
    #expect(throws: TextError.self) {
      try task.targets(of: some, labels: ["a"], path: "f", allowsMissing: false)
    }
    #expect(
      try task.targets(of: some, labels: ["a"], path: "f", allowsMissing: true)
        == [.labels([0]), .none])
  }

  @Test func `an unknown label is told with its line`() throws {
    let error = #expect(throws: TextError.self) {
      try task.targets(
        of: written([.labels(["a"]), .labels(["a", "z"])]), labels: ["a", "b"], path: "f.tsv",
        allowsMissing: false)
    }
    #expect(
      error?.description.hasPrefix("f.tsv:3: 1 rows have unknown labels (line 3: 'z')") == true)
  }

  @Test func `labels are answered from the threshold on`() throws {
    let outputs = outputs([[0, -0.1, 3], [-2, -1, -5]])
    let answers = task.answers(outputs, to: rows([]), labels: ["a", "b", "c"])
    #expect(answers.map(\.text) == ["a,c", ""])
    #expect(answers[0].object.members.map(\.name) == ["labels", "probabilities", "logits"])
    #expect(answers[0].object["labels"] == .array([.string("a"), .string("c")]))
    #expect(answers[0].probabilities[0] == 0.5)
    #expect(abs(answers[0].probabilities[2] - 0.952_574_126_822_433_2) < 1e-12)
    let eager = try task.answering(from: 0.2)
    #expect(
      eager.answers(outputs, to: rows([]), labels: ["a", "b", "c"]).map(\.text) == ["a,b,c", "b"])
    #expect(eager.scores(of: outputs, on: rows([[0, 1, 2], [1]])) == [1, 1, 1, 1])
    let chief = try #require(task.chiefScore(of: outputs, on: rows([[0, 2], [1]])))
    #expect(chief([0]) == 1 && chief([0, 1]) == 0.8 && chief([1, 1]) == 0 && chief([]) == 0)
    #expect(task.confusion(of: outputs, on: rows([[0, 2], [1]]), labels: 3) == nil)
    #expect(
      task.agreement(of: outputs, with: self.outputs([[1, -1, 1], [1, -1, -1]]), on: rows([]))
        == 0.5)
  }

  @Test func `a teacher must beat the same labels for every row`() {
    // 'a' in each row: F1 2 * 3 / (4 + 4); 'a' and 'b': 2 * 4 / (8 + 4).
    let rows = rows([[0], [0], [0, 1], []])
    let baseline = task.baseline(on: rows, labels: ["a", "b"])
    #expect(baseline.score == 0.75 && baseline.name == "the 1 most frequent of 2 labels")
    let weak = GuessCheck(
      task, outputs([[1, -1], [1, -1], [1, -1], [1, -1]]), on: rows, labels: ["a", "b"])
    #expect(!weak.isPassed && weak.metric.name == "f1_micro")
    #expect(
      weak.figures == "teacher f1_micro 75.0 % on the development split, the 1 most frequent of 2 "
        + "labels 75.0 %")
    #expect(task.baseline(on: self.rows([[], []]), labels: ["a"]).score == 0)
  }

  @Test func `rows whose labels are not known are left out of the loss`() {
    let context = ComputeContext(threads: 1)
    let logits = Matrix(rows: 2, columns: 2, values: [0, 0, 50, 50])
    let gradient = Matrix(rows: 2, columns: 2)
    let batch = TrainingBatch(
      packed: PackedBatch([TokenSequence(ids: [5]), TokenSequence(ids: [6])], places: [0, 1]),
      targets: [.labels([1]), .none], indices: [0, 1])
    let totals = StepTotals([task.targetLoss.denominator], of: [batch])
    let loss = task.targetLoss.share(
      logits, batch, totals: totals, gradient: gradient, on: context)
    #expect(abs(loss - log(2.0)) < 1e-7 && gradient.values() == [0.25, -0.25, 0, 0])
  }
}
