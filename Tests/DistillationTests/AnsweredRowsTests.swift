import Compute
import Testing
import Training
import Transformer

@testable import Distillation

/// A teacher that has answered for some examples.
@Suite struct AnsweredRowsTests {
  private let context = ComputeContext(threads: 1)
  private let fixture: DistillationFixture

  init() throws { fixture = try DistillationFixture.load() }

  private func answers(without missing: Set<Int>) throws -> Outputs {
    let teacher = try fixture.teacher("wide", on: context)
    let whole = try #require(
      try Predictor(teacher.model, weights: teacher.weights, on: context)
        .outputs(of: InMemoryExamples(fixture.examples)))
    var rows = Ragged<Float>()
    for index in 0..<whole.count {
      rows.append(missing.contains(index) ? [] : Array(whole.rows[index]))
    }
    return Outputs(columns: whole.columns, rows: rows)
  }

  private func sweep(
    _ teacher: TeacherLogits, _ examples: [Example], alpha: Double, maxTokens: Int = 1 << 20
  ) throws -> Sweep {
    let student = try fixture.model("student")
    let objective = try PredictionObjective(
      student: student, teacher: teacher, temperature: 2, alpha: alpha)
    return try Sweep(
      student, try fixture.weights("student", in: student.layout), objective, examples,
      maxTokens: maxTokens, on: context)
  }

  @Test func `where all are answered, nothing is gathered`() throws {
    guard case .cached = try answers(without: []).asAnswers else {
      Issue.record("gathered")
      return
    }
  }

  @Test func `an example without answer is as if it were not there, in the teacher's term`() throws
  {
    let count = fixture.examples.count
    try #require(count >= 3)
    let missing: Set<Int> = [0, count - 1]
    let partial = try answers(without: missing)
    let kept = (0..<count).filter { !missing.contains($0) }
    var rows = Ragged<Float>()
    for index in kept { rows.append(partial.rows[index]) }
    let alone = try sweep(
      Outputs(columns: partial.columns, rows: rows).asAnswers, kept.map { fixture.examples[$0] },
      alpha: 0)
    // Cut in any way: the mean is over those that are answered.
    for maxTokens in [1, 12, 1 << 20] {
      let all = try sweep(
        partial.asAnswers, fixture.examples, alpha: 0, maxTokens: maxTokens)
      let (one, other) = (
        try #require(all.terms["prediction"]), try #require(alone.terms["prediction"])
      )
      #expect(abs(one - other) <= 1e-6 * abs(other))
      for (a, b) in zip(all.gradients.values.values(), alone.gradients.values.values()) {
        #expect(abs(a - b) <= 1e-6 + 1e-4 * abs(b))
      }
    }
  }

  @Test func `a step without any answer has no teacher's term`() throws {
    let none = try answers(without: Set(fixture.examples.indices))
    let step = try sweep(none.asAnswers, fixture.examples, alpha: 0)
    #expect(step.terms["prediction"] == 0)
    #expect(step.gradients.values.values().allSatisfy { $0 == 0 })
  }

  @Test func `labels count beside answers, each where it is known`() throws {
    let partial = try answers(without: [0])
    let soft = try sweep(partial.asAnswers, fixture.examples, alpha: 0)
    let mixed = try sweep(partial.asAnswers, fixture.examples, alpha: 0.25)
    let hard = try sweep(partial.asAnswers, fixture.examples, alpha: 1)
    let expected = 0.75 * (try #require(soft.terms["prediction"]))
    #expect(abs((mixed.terms["prediction"] ?? 0) - expected) < 1e-6)
    #expect(
      abs((mixed.terms["label"] ?? 0) - 0.25 * (try #require(hard.terms["label"]))) < 1e-6)
  }

  @Test func `answers of other data are refused`() throws {
    let partial = try answers(without: [0])
    var rows = Ragged<Float>()
    for index in 0..<partial.count {
      rows.append(index == 1 ? partial.rows[1] + partial.rows[1] : partial.rows[index])
    }
    #expect(throws: DistillationError.self) {
      try sweep(
        Outputs(columns: partial.columns, rows: rows).asAnswers, fixture.examples, alpha: 0)
    }
  }
}
