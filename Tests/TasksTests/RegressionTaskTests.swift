import Compute
import Files
import TestSupport
import Testing
import Text
import Training
import Transformer

@testable import Tasks

@Suite struct RegressionTaskTests {
  private let task = RegressionTask()

  private func outputs(_ numbers: [Float]) -> Outputs { Outputs(columns: 1, values: numbers) }

  private func rows(_ numbers: [Float]) -> TaskRows {
    TaskRows(
      InMemoryExamples(
        ids: numbers.map { _ in 5 }, offsets: Array(0...numbers.count), targets: .numbers(numbers)))
  }

  private func written(_ labels: [String?]) -> [LabelledRow] {
    labels.enumerated().map { LabelledRow(text: "t", label: $1, line: $0 + 2) }
  }

  private func targets(_ labels: [String?], allowsMissing: Bool = false) throws -> [Target] {
    try task.targets(
      of: written(labels), labels: ["score"], path: "f.tsv", allowsMissing: allowsMissing)
  }

  @Test func `numbers are read as decimals of any form`() throws {
    #expect(
      try targets(["5.000", "0", "-2.5e1", " .5 ", "+3."])
        == [.number(5), .number(0), .number(-25), .number(0.5), .number(3)])
    #expect(try targets(["2", ""], allowsMissing: true) == [.number(2), .none])
    #expect(try targets(["-1.0", "-1"]) == [.none, .none])
    #expect(try targets([nil, nil]) == [.none, .none])
  }

  @Test(arguments: ["good", "3,5", "0x10", "nan", "inf", "1e60", "1 2"])
  func `what is no number is told with its line and the cure`(label: String) throws {
    let error = #expect(throws: TextError.self) { try targets(["1", label, "2"]) }
    #expect(
      error?.description
        == "f.tsv:3: 1 rows have no number for a label (line 3: '\(label)'); write "
        + "numbers such as 3.25, or make a dataset of classes: --task classification")
  }

  @Test func `a file without numbers is named, unless the output is`() throws {
    #expect(try task.labels(named: [], of: written(["1"]), path: "f") == ["score"])
    #expect(try task.labels(named: ["stars"], of: written([nil]), path: "f") == ["stars"])
    #expect(try task.labels(named: [], of: [], path: "f") == ["score"])
    let error = #expect(throws: TextError.self) {
      try task.labels(named: [], of: written([nil]), path: "f.tsv")
    }
    #expect(
      error?.description == "f.tsv:2: has no number; name the column with --label-column, or give "
        + "--labels score if the rows have none")
    #expect(throws: TextError.self) { try task.labels(named: ["a", "b"], of: [], path: "f") }
    #expect(throws: TextError.self) { try targets(["1", ""]) }
  }

  @Test func `a correlation with what is constant is undefined, and never the best`() throws {
    let scores = task.scores(of: outputs([2, 2, 2]), on: rows([1, 2, 3]))
    #expect(scores[0].isNaN && scores[1].isNaN && abs(scores[2] - 2.0 / 3) < 1e-12)
    #expect(task.scores(of: outputs([0.1, 0.1]), on: rows([1, 1]))[0].isNaN)
    #expect(task.scores(of: outputs([1]), on: rows([1]))[0].isNaN)
    var state = TrainerState()
    let isBest = state.record(metric: .nan, greaterIsBetter: true)
    #expect(!isBest)
    #expect(state.bestMetric == nil && state.evaluationsWithoutImprovement == 1)
    let check = GuessCheck(task, outputs([2, 2, 2]), on: rows([1, 2, 3]), labels: ["score"])
    #expect(!check.isPassed && check.score.isNaN)
    #expect(check.figures.hasPrefix("the teacher's pearson on the development split is undefined"))
  }

  @Test func `a teacher must be better than a guess`() {
    let good = GuessCheck(task, outputs([1, 2, 4]), on: rows([0, 2, 4]), labels: ["score"])
    #expect(good.isPassed)
    #expect(good.figures == "teacher pearson 0.982 on the development split, a guess 0.000")
    let bad = GuessCheck(task, outputs([3, 2, 1]), on: rows([0, 2, 4]), labels: ["score"])
    #expect(!bad.isPassed && abs(bad.score + 1) < 1e-12)
  }

  @Test func `two models agree as far as their numbers correlate`() throws {
    let one = outputs([1, 2, 3, 4])
    #expect(abs(task.agreement(of: one, with: outputs([3, 5, 7, 9]), on: rows([])) - 1) < 1e-12)
    let chief = try #require(task.chiefScore(of: one, on: rows([1, 2, 3, 1])))
    #expect(chief([0, 1, 2]) > 0.999 && chief([0, 0]).isNaN)
    #expect(task.agreementMetric == Metric("agreement_pearson"))
  }

  @Test func `the answer is the number, and what the output is called does not matter`() throws {
    let answers = task.answers(outputs([2.5, -0.125]), to: rows([]), labels: ["LABEL_0"])
    #expect(answers.map(\.text) == ["2.5", "-0.125"])
    #expect(answers[0].object.members.map(\.name) == ["score"])
    #expect(answers[0].object["score"] == .real(2.5) && answers[0].probabilities.isEmpty)
    _ = try task.order(of: ["LABEL_0"], in: ["score"], path: "m", option: "--o")
    #expect(task.head(labels: ["score"], style: .hf) == .classification(labels: 1, style: .hf))
    #expect(task.takes(.numbers([1])) && task.takes(.none) && !task.takes(.labels([1])))
  }

  @Test func `a temperature and a threshold are refused`() throws {
    #expect(throws: (any Error).self) {
      try task.answerLoss(temperature: 2, scalesByTemperature: false)
    }
    #expect(throws: (any Error).self) {
      try task.answerLoss(temperature: 1, scalesByTemperature: true)
    }
    let error = #expect(throws: TaskError.self) { try task.answering(from: 0.3) }
    #expect(
      error?.description
        == "threshold: the task regression answers without one; leave the option out")
  }

  @Test func `rows without a number are left out of the loss`() {
    let context = ComputeContext(threads: 1)
    let logits = Matrix(rows: 2, columns: 1, values: [3, 100])
    let gradient = Matrix(rows: 2, columns: 1)
    let batch = TrainingBatch(
      packed: PackedBatch([TokenSequence(ids: [5]), TokenSequence(ids: [6])], places: [0, 1]),
      targets: [.number(1), .none], indices: [0, 1])
    let totals = StepTotals([task.targetLoss.denominator], of: [batch])
    let loss = task.targetLoss.share(
      logits, batch, totals: totals, gradient: gradient, on: context)
    #expect(loss == 4 && gradient.values() == [4, 0])
  }
}
