import Compute
import Foundation
import TestSupport
import Testing
import Training
import Transformer

@testable import Distillation

/// `Fixtures/emphasis.json`: weighted losses and divergences of PyTorch in float64.
private struct EmphasisFixture: Decodable {
  struct Weighted: Decodable {
    let power, temperature, share, value: Double
    let t2: Bool
    let gradient: [Double]
  }

  struct Apart: Decodable {
    let temperature: Double
    let classes, labels, numbers: [Double]
  }

  let classes: Int
  let rows: [Int]
  let student, teacher: [Float]
  let weighted: [Weighted]
  let apart: [Apart]

  static func load() throws -> EmphasisFixture {
    try JSONDecoder().decode(Self.self, from: Data(try Fixtures.bytes("emphasis.json")))
  }

  /// The logits of each example.
  func split(_ values: [Float]) -> Ragged<Float> {
    var examples = Ragged<Float>()
    var start = 0
    for count in rows {
      examples.append(values[start..<start + count * classes])
      start += count * classes
    }
    return examples
  }

  func matrix(_ values: ArraySlice<Float>) -> Matrix {
    let matrix = Matrix(rows: values.count / classes, columns: classes)
    matrix.assign(Array(values))
    return matrix
  }
}

/// Rows that count for more: in the loss, and by how often they are visited.
@Suite struct EmphasisTests {
  private let fixture: EmphasisFixture
  private let context = ComputeContext(threads: 1)

  init() throws { fixture = try EmphasisFixture.load() }

  private var answers: TeacherLogits {
    Outputs(columns: fixture.classes, rows: fixture.split(fixture.teacher)).asTeacher
  }

  /// A batch of some examples, of which only the numbers matter.
  private func batch(_ indices: Range<Int>) -> TrainingBatch {
    TrainingBatch(
      packed: PackedBatch(
        indices.map { _ in TokenSequence(ids: [1]) }, places: indices.map { UInt64($0) }),
      targets: indices.map { _ in .none }, indices: Array(indices))
  }

  @Test func `a loss weighted by confidence, and its gradient, are those of PyTorch`() throws {
    for expected in fixture.weighted {
      let loss = try SoftCrossEntropy(
        temperature: expected.temperature, scalesByTemperature: expected.t2)
      let confidence = try TeacherConfidence(
        of: answers, examples: fixture.rows.count, power: expected.power)
      let (student, teacher) = (fixture.split(fixture.student), fixture.split(fixture.teacher))
      // One micro-batch, or several: the mean is over the step.
      for cuts in [[0..<6], [0..<2, 2..<3, 3..<6]] {
        let batches = cuts.map(batch)
        let totals = StepTotals([confidence.denominator], of: batches)
        var (value, gradient) = (0.0, [Float]())
        for batch in batches {
          let own = batch.indices.flatMap { student[$0] }
          let known = batch.indices.flatMap { teacher[$0] }
          let part = Matrix(rows: own.count / fixture.classes, columns: fixture.classes)
          part.fill(0)
          value += confidence.share(
            of: loss, student: fixture.matrix(own[...]), teacher: fixture.matrix(known[...]),
            of: batch, weight: expected.share, totals: totals, gradient: part)
          gradient += part.values()
        }
        #expect(abs(value - expected.value) <= 1e-6 * expected.value)
        let scale = expected.gradient.map(abs).max() ?? 0
        for (own, theirs) in zip(gradient, expected.gradient) {
          #expect(abs(Double(own) - theirs) <= 1e-6 * scale)
        }
      }
    }
  }

  @Test func `how far single examples are apart is what PyTorch says`() throws {
    for expected in fixture.apart {
      let losses: [(any ComparesExamples, [Double])] = [
        (try SoftCrossEntropy(temperature: expected.temperature), expected.classes),
        (try SoftBinaryCrossEntropy(temperature: expected.temperature), expected.labels),
        (try SquaredAnswerError(), expected.numbers),
      ]
      for (loss, examples) in losses {
        let (student, teacher) = (fixture.split(fixture.student), fixture.split(fixture.teacher))
        for (index, theirs) in examples.enumerated() {
          let own = loss.divergence(
            ofStudent: student[index], fromTeacher: teacher[index], columns: fixture.classes)
          #expect(abs(own - theirs) <= 1e-9, "\(type(of: loss)) \(index)")
        }
      }
    }
  }

  // MARK: - In a training

  private func sweep(
    _ teacher: TeacherLogits, _ fixture: DistillationFixture, hardRows: HardRows? = nil,
    confidence: Double? = nil, maxTokens: Int = 1 << 20
  ) throws -> Sweep {
    let student = try fixture.model("student")
    let objective = try PredictionObjective(
      student: student, teacher: teacher, answerLoss: SoftCrossEntropy(),
      targetLoss: CrossEntropy(),
      confidence: confidence.map {
        try TeacherConfidence(of: teacher, examples: fixture.examples.count, power: $0)
      }, hardRows: hardRows)
    return try Sweep(
      student, try fixture.weights("student", in: student.layout), objective, fixture.examples,
      maxTokens: maxTokens, on: context)
  }

  private func outputs(_ name: String, of fixture: DistillationFixture) throws -> Outputs {
    let model = try fixture.model(name)
    let weights = try fixture.weights(name, in: model.layout)
    return try #require(
      try Predictor(model, weights: weights, on: context)
        .outputs(of: InMemoryExamples(fixture.examples)))
  }

  @Test func `what a step notes is how far the student's answers are from the teacher's`() throws {
    let small = try DistillationFixture.load()
    let (own, known) = (try outputs("student", of: small), try outputs("wide", of: small))
    let loss = try SoftCrossEntropy()
    var partly = Ragged<Float>()
    for index in 0..<known.count { partly.append(index == 1 ? [] : known.rows[index]) }
    for teacher in [known.asTeacher, Outputs(columns: known.columns, rows: partly).asAnswers] {
      let isWhole = if case .cached = teacher { true } else { false }
      let hardRows = HardRows(examples: known.count, share: 0.5)
      _ = try sweep(teacher, small, hardRows: hardRows, maxTokens: 12)
      for index in 0..<known.count {
        let expected =
          index == 1 && !isWhole
          ? -1
          : loss.divergence(
            ofStudent: own.rows[index], fromTeacher: known.rows[index], columns: known.columns)
        #expect(abs(Double(hardRows.divergences[0, index]) - expected) < 1e-4, "\(index)")
      }
    }
  }

  @Test func `noting distances changes neither loss nor gradients`() throws {
    let small = try DistillationFixture.load()
    let teacher = try outputs("wide", of: small).asTeacher
    let plain = try sweep(teacher, small)
    let noted = try sweep(
      teacher, small, hardRows: HardRows(examples: small.examples.count, share: 0.5))
    #expect(noted.terms == plain.terms)
    #expect(noted.gradients.values.values() == plain.gradients.values.values())
  }

  @Test func `a power near 0 weighs all rows alike, and rows without an answer weigh nothing`()
    throws
  {
    let small = try DistillationFixture.load()
    let known = try outputs("wide", of: small)
    var partly = Ragged<Float>()
    for index in 0..<known.count { partly.append(index == 1 ? [] : known.rows[index]) }
    for teacher in [known.asTeacher, Outputs(columns: known.columns, rows: partly).asAnswers] {
      let plain = try sweep(teacher, small)
      for maxTokens in [1, 1 << 20] {
        let weighted = try sweep(teacher, small, confidence: 1e-9, maxTokens: maxTokens)
        let (one, other) = (
          try #require(weighted.terms["prediction"]), try #require(plain.terms["prediction"])
        )
        #expect(abs(one - other) <= 1e-6 * other)
        let scale = plain.gradients.values.values().map(abs).max() ?? 0
        for (a, b) in zip(weighted.gradients.values.values(), plain.gradients.values.values()) {
          #expect(abs(a - b) <= 1e-5 * scale)
        }
      }
    }
  }

  @Test func `losses that weigh or compare no single rows are refused`() throws {
    let small = try DistillationFixture.load()
    let student = try small.model("student")
    let teacher = try outputs("wide", of: small).asTeacher
    let confidence = try TeacherConfidence(of: teacher, examples: 1, power: 1)
    #expect(throws: DistillationError.self) {
      try PredictionObjective(
        student: student, teacher: teacher, answerLoss: SquaredAnswerError(),
        targetLoss: CrossEntropy(), confidence: confidence)
    }
    #expect(throws: DistillationError.self) {
      try PredictionObjective(
        student: student, teacher: teacher, answerLoss: SpanSoftCrossEntropy(),
        targetLoss: CrossEntropy(), hardRows: HardRows(examples: 1, share: 0.5))
    }
    #expect(throws: DistillationError.self) {
      try TeacherConfidence(of: teacher, examples: 1, power: 0)
    }
  }
}
