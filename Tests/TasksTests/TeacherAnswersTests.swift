import Foundation
import Testing
import Text
import Training

@testable import Tasks

@Suite struct TeacherAnswersTests {
  private let task = ClassificationTask()

  private func row(_ answer: TeacherAnswer?, label: String? = nil, line: Int = 2) -> LabelledRow {
    var row = LabelledRow(text: "t", label: label, line: line)
    row.teacher = answer
    return row
  }

  private func logits(
    _ answer: TeacherAnswer?, labels: [String] = ["no", "perhaps", "yes"]
  ) throws -> [Float] {
    var answers = TeacherAnswers(task, labels: labels, path: "f.jsonl")
    return try answers.logits(of: row(answer))
  }

  @Test func `logits stay as they are, in the order of the labels`() throws {
    #expect(try logits(nil) == [])
    #expect(try logits(TeacherAnswer(.logits, values: [0.1, -2, 3])) == [0.1, -2, 3])
    let named = TeacherAnswer(.logits, names: ["yes", "no", "perhaps"], values: [1, 2, 3])
    #expect(try logits(named) == [2, 3, 1])
    let numbered = TeacherAnswer(.logits, names: ["1.0", "0"], values: [1, 2])
    #expect(try logits(numbered, labels: ["0", "1"]) == [2, 1])
    // As transformers calls outputs that have no name.
    let nameless = TeacherAnswer(.logits, names: ["LABEL_1", "LABEL_0"], values: [1, 2])
    #expect(try logits(nameless, labels: ["0", "1"]) == [2, 1])
    #expect(throws: TextError.self) { try logits(nameless, labels: ["no", "yes"]) }
    // Another order in the next row.
    var answers = TeacherAnswers(task, labels: ["a", "b"], path: "f")
    for (names, expected) in [(["a", "b"], [1, 2]), (["b", "a"], [2, 1])] as [([String], [Float])] {
      let answer = TeacherAnswer(.logits, names: names, values: [1, 2])
      #expect(try answers.logits(of: row(answer)) == expected)
    }
  }

  @Test func `a number in single precision comes back from JSON as it was`() throws {
    var state: UInt64 = 1
    for _ in 0..<20_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Float(bitPattern: UInt32(truncatingIfNeeded: state >> 32))
      guard value.isFinite else { continue }
      // As `predict` writes it, and in the fewest digits that say which number it is.
      for text in ["\(Double(value))", "\(value)"] {
        let read = try #require(Double(text))
        #expect(
          try logits(TeacherAnswer(.logits, values: [read, 0, 0]))[0].bitPattern == value.bitPattern
        )
      }
    }
  }

  @Test func `the softmax of a probability's logits is the probability, rounded or not`() throws {
    for values in [
      [0.2, 0.3, 0.5], [0.3333, 0.3333, 0.3333], [0.33, 0.33, 0.33], [1e-9, 1e-9, 1],
    ] {
      let powers = try logits(TeacherAnswer(.probabilities, values: values)).map { exp(Double($0)) }
      let sum = powers.reduce(0, +)
      for (power, value) in zip(powers, values) {
        #expect(abs(power / sum - value / values.reduce(0, +)) < 1e-6)
      }
    }
    // 1 and a little more, as single precision rounds it.
    #expect(try logits(TeacherAnswer(.probabilities, values: [1.000_000_1, 0, 0]))[1] < -18)
  }

  @Test func `a probability of 0 counts as 1e-8, or as the least of its row`() throws {
    var answers = TeacherAnswers(task, labels: ["a", "b", "c"], path: "f")
    let zero = try answers.logits(of: row(TeacherAnswer(.probabilities, values: [0, 0.4, 0.6])))
    #expect(zero[0] == Float(log(1e-8)))
    let less = try answers.logits(of: row(TeacherAnswer(.probabilities, values: [0, 1e-12, 1])))
    #expect(less[0] == less[1] && less[1] == Float(log(1e-12)))
    #expect(answers.zeros == 2)
  }

  @Test(
    arguments: [
      (
        TeacherAnswer(.logits, values: [1, 2]),
        "f.jsonl:2: 'logits' has 2 numbers, the labels are 3: no, perhaps, yes; give one for each"
      ),
      (
        TeacherAnswer(.logits, names: ["no", "yes", "may"], values: [1, 2, 3]),
        "f.jsonl:2: 'logits' names 'may', which is no label (no, perhaps, yes); write it as the rows' label"
      ),
      (
        TeacherAnswer(.logits, names: ["no", "yes"], values: [1, 2]),
        "f.jsonl:2: 'logits' lacks 'perhaps' (labels: no, perhaps, yes); give a number for each"
      ),
      (
        TeacherAnswer(.logits, values: [1e39, 0, 0]), "f.jsonl:2: 'logits' has 1e+39, beyond single"
      ),
      (
        TeacherAnswer(.probabilities, values: [20, 30, 50]),
        "'probabilities' has 20.0, expected 0 to 1; divide percentages by 100"
      ),
      (
        TeacherAnswer(.probabilities, values: [-0.1, 0.5, 0.6]),
        "'probabilities' has -0.1, expected"
      ),
      (
        TeacherAnswer(.probabilities, values: [0.9, 0.8, 0.7]),
        "'probabilities' sum to 2.4, not to 1 (within 0.01); give those of all labels"
      ), (TeacherAnswer(.probabilities, values: [0.5, 0.3, 0.1]), "sum to 0.9, not to 1"),
    ])
  func `an answer that cannot be one is refused with its line`(
    answer: TeacherAnswer, message: String
  ) {
    let error = #expect(throws: TextError.self) { try logits(answer) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func `labels of which any number is right have log odds, and need not sum to 1`() throws {
    let task = MultiLabelTask()
    var answers = TeacherAnswers(task, labels: ["a", "b", "c"], path: "f")
    let odds = try answers.logits(of: row(TeacherAnswer(.probabilities, values: [0.9, 0.8, 0])))
    for (logit, value) in zip(odds, [0.9, 0.8, 1e-8]) {
      #expect(abs(1 / (1 + exp(-Double(logit))) - value) < 1e-7)
    }
    #expect(try answers.logits(of: row(TeacherAnswer(.probabilities, values: [1, 1, 1])))[0] > 18)
    #expect(throws: TextError.self) {
      try answers.logits(of: row(TeacherAnswer(.probabilities, values: [1.2, 0, 0])))
    }
    let named = TeacherAnswer(.logits, names: ["y", "x"], values: [1, 2])
    #expect(try task.labels(named: [], of: [row(named)], path: "f") == ["x", "y"])
  }

  @Test func `a regression's answer is its number`() throws {
    let task = RegressionTask()
    #expect(task.answerKinds == [.score, .logits])
    let scored = row(TeacherAnswer(.score, values: [3.25]))
    let labels = try task.labels(named: [], of: [scored], path: "f")
    var answers = TeacherAnswers(task, labels: labels, path: "f")
    #expect(try answers.logits(of: scored) == [3.25])
  }

  @Test func `two names of one label are refused`() {
    let error = #expect(throws: TextError.self) {
      try logits(
        TeacherAnswer(.logits, names: ["1", "1.0"], values: [1, 2]), labels: ["0", "1"])
    }
    #expect(error?.description.contains("names '1' twice") == true)
  }

  @Test func `names in the answers are the labels where none are given`() throws {
    let named = TeacherAnswer(.logits, names: ["yes", "no", "10", "9"], values: [1, 2, 3, 4])
    #expect(
      try task.labels(named: [], of: [row(nil), row(named)], path: "f") == ["10", "9", "no", "yes"])
    let numbers = TeacherAnswer(.logits, names: ["10", "9"], values: [1, 2])
    #expect(try task.labels(named: [], of: [row(numbers)], path: "f") == ["9", "10"])
    #expect(
      try task.labels(named: ["b", "a"], of: [row(named)], path: "f") == ["b", "a"])
    let lists = TeacherAnswer(.logits, values: [1, 2])
    let error = #expect(throws: TextError.self) {
      try task.labels(named: [], of: [row(lists)], path: "f")
    }
    #expect(error?.description.contains("give all classes with --labels") == true)
    let one = #expect(throws: TextError.self) {
      try task.labels(
        named: [], of: [row(TeacherAnswer(.logits, names: ["a"], values: [1]), line: 7)], path: "f")
    }
    #expect(one?.description.contains("f:7: its answer has these labels: there must be") == true)
  }
}
