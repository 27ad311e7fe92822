import Compute
import RandomStreams
import Testing
import Training
import Transformer

@testable import Distillation

/// A teacher's vectors, turned to where a student's lie.
@Suite struct VectorAlignmentTests {
  private let context = ComputeContext(threads: 2)
  private let fixture: EmbeddingFixture
  private let student: BertModel
  private let weights: ParameterSet

  init() throws {
    fixture = try .load()
    student = try BertModel(fixture.narrow, head: .embedding(pooling: .mean, isNormalized: true))
    weights = try fixture.weights("narrow", of: student)
  }

  /// The student's vectors before they get their length, a row each.
  private func vectors() throws -> [[Double]] {
    let arena = Arena()
    return try fixture.examples.enumerated().map { index, example in
      arena.reset()
      let batch = try #require(
        MicroBatcher(maxTokens: 64).batches([example], indices: [index], firstPlace: 0).first)
      let made = student.forward(
        batch.packed, weights, taps: BertModel.Taps(logits: true), mode: .evaluation,
        on: context, in: arena)
      return try #require(made.headFeatures).values().map(Double.init)
    }
  }

  private func rows(_ outputs: Outputs) -> [[Double]] {
    (0..<outputs.count).map { outputs.rows[$0].map(Double.init) }
  }

  private func product(_ first: [Double], _ second: [Double]) -> Double {
    zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private func centred(_ rows: [[Double]]) -> [[Double]] {
    let mean = rows[0].indices.map { column in
      rows.reduce(0) { $0 + $1[column] } / Double(rows.count)
    }
    return rows.map { zip($0, mean).map { $0 - $1 } }
  }

  private func align(_ teacher: Outputs, learnsLengths: Bool) throws -> VectorAlignment {
    try #require(
      try VectorAlignment(
        teacher, to: student, weights, learnsLengths: learnsLengths,
        on: InMemoryExamples(fixture.examples), computing: context))
  }

  /// Vectors of length 1 that have nothing to do with the student.
  private func strangers() -> Outputs {
    let width = student.configuration.hiddenSize
    var stream = RandomStream(seed: 5, purpose: "vectors").sequence()
    let values = (0..<fixture.examples.count).flatMap { _ in
      let row = (0..<width).map { _ in Double.random(in: -1...1.4, using: &stream) }
      let length = product(row, row).squareRoot()
      return row.map { Float($0 / length) }
    }
    return Outputs(columns: width, values: values)
  }

  @Test func `a rotation keeps what is between vectors, and no other comes nearer`() throws {
    let teacher = strangers()
    let turned = rows(try align(teacher, learnsLengths: false).outputs)
    let before = rows(teacher)
    for first in before.indices {
      for second in before.indices {
        #expect(
          abs(
            product(turned[first], turned[second]) - product(before[first], before[second]))
            < 1e-5)
      }
    }
    let (own, theirs) = (centred(try vectors()), centred(turned))
    let near = zip(own, theirs).reduce(0) { $0 + product($1.0, $1.1) }
    for first in own[0].indices {
      for second in own[0].indices where second > first {
        for angle in [0.05, -0.05] {
          let other = zip(own, theirs).reduce(0) { sum, pair in
            var row = pair.1
            row[first] = pair.1[first] * (1 - angle * angle / 2) - pair.1[second] * angle
            row[second] = pair.1[first] * angle + pair.1[second] * (1 - angle * angle / 2)
            return sum + product(pair.0, row)
          }
          #expect(other <= near + 5e-5 * abs(near), "\(first), \(second)")
        }
      }
    }
  }

  @Test func `vectors that are the student's own, turned and moved, are found again`() throws {
    let own = try vectors()
    let width = own[0].count
    // Every coordinate goes to the next one, one changes its sign, all move: the same vectors elsewhere.
    let moved = own.map { row in
      (0..<width).map { Float((row[($0 + 1) % width]) * ($0 == 0 ? -1 : 1) + 0.25) }
    }
    let aligned = try align(
      Outputs(columns: width, values: moved.flatMap(\.self)), learnsLengths: true)
    #expect(aligned.share > 0.9999)
    aligned.fill(student, weights)
    for (row, wanted) in zip(try vectors(), rows(aligned.outputs)) {
      for (value, other) in zip(row, wanted) { #expect(abs(value - other) < 2e-3) }
    }
  }

  @Test func `other heads and other widths are left alone`() throws {
    let classifier = try BertModel(
      fixture.narrow, head: .classification(labels: 2, style: .hf))
    let source = InMemoryExamples(fixture.examples)
    #expect(
      try VectorAlignment(
        strangers(), to: classifier, ParameterSet(classifier.layout), learnsLengths: true,
        on: source, computing: context) == nil)
    #expect(
      try VectorAlignment(
        Outputs(columns: 1, values: [Float](repeating: 1, count: fixture.examples.count)),
        to: student, weights, learnsLengths: true, on: source, computing: context) == nil)
  }
}
