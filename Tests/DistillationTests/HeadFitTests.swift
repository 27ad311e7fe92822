import Compute
import Testing
import Training
import Transformer

@testable import Distillation

/// What the last layer of a new head begins with.
@Suite struct HeadFitTests {
  private let context = ComputeContext(threads: 2)
  private let fixture: DistillationFixture

  init() throws { fixture = try DistillationFixture.load() }

  private struct Rows {
    let features: [[Double]]
    let logits: [[Double]]
  }

  /// What the student's last layer reads for each example.
  private func features(_ student: BertModel, _ weights: ParameterSet) throws -> [[Double]] {
    let arena = Arena()
    return try fixture.examples.indices.map { index in
      arena.reset()
      let batch = try #require(
        MicroBatcher(maxTokens: 64).batches(
          [fixture.examples[index]], indices: [index], firstPlace: 0
        ).first)
      let made = student.forward(
        batch.packed, weights, taps: BertModel.Taps(logits: true), mode: .evaluation,
        on: context, in: arena)
      return try #require(made.headFeatures).values().map(Double.init)
    }
  }

  private func mean(_ rows: [[Double]]) -> [Double] {
    rows[0].indices.map { column in
      rows.reduce(0) { $0 + $1[column] } / Double(rows.count)
    }
  }

  /// Whether a fit is the one at which the derivative of the ridge's loss is 0, in every weight.
  private func expectLeast(_ fit: HeadFit, _ rows: Rows, dropout: Double = 0) {
    let (centre, answer) = (mean(rows.features), mean(rows.logits))
    let (width, columns) = (centre.count, answer.count)
    let count = Double(rows.features.count)
    let centred = rows.features.map { zip($0, centre).map { $0 - $1 } }
    let trace = centred.joined().reduce(0) { $0 + $1 * $1 } / count
    let ridge = trace / (4 * count)
    var (left, whole) = (0.0, 0.0)
    for column in 0..<columns {
      let rest = zip(centred, rows.logits).map { row, logits in
        (0..<width).reduce(logits[column] - answer[column]) {
          $0 - fit.weight[column, $1] * row[$1]
        }
      }
      left += rest.reduce(0) { $0 + $1 * $1 }
      whole += rows.logits.reduce(0) {
        $0 + ($1[column] - answer[column]) * ($1[column] - answer[column])
      }
      for channel in 0..<width {
        let square = rows.features.reduce(0) { $0 + $1[channel] * $1[channel] } / count
        let slope =
          zip(rest, centred).reduce(0) { $0 - $1.0 * $1.1[channel] } / count
          + (ridge + dropout / (1 - dropout) * square) * fit.weight[column, channel]
        #expect(abs(slope) < 1e-6, "weight \(column), \(channel): \(slope)")
      }
      let said = (0..<width).reduce(fit.bias[column]) {
        $0 + fit.weight[column, $1] * centre[$1]
      }
      #expect(abs(said - answer[column]) < 1e-5)
    }
    #expect(abs(fit.share - (1 - left / whole)) < 1e-5)
  }

  /// A teacher's logits as the rows carry them.
  private func answers(_ rows: [[Double]?]) -> Outputs {
    var outputs = Ragged<Float>()
    for row in rows { outputs.append((row ?? []).map(Float.init)) }
    return Outputs(columns: fixture.labels, rows: outputs)
  }

  @Test func `the last layer is that of a ridge regression on the teacher's logits`() throws {
    let student = try fixture.model("student")
    let weights = try fixture.weights("student", in: student.layout)
    let dropout = try #require(student.lastLayer).dropout
    let teacher = try fixture.teacher("wide", on: context)
    let known = try #require(
      try Predictor(teacher.model, weights: teacher.weights, on: context)
        .outputs(of: InMemoryExamples(fixture.examples)))
    let logits = (0..<known.count).map { known.rows[$0].map(Double.init) }
    let source = InMemoryExamples(fixture.examples)

    for answering in [TeacherLogits.live(teacher), known.asTeacher] {
      let fit = try #require(
        try HeadFit.fill(
          student, weights, to: answering, by: SquaredAnswerError(), on: source, computing: context)
      )
      // As they are now that the layer before has grown.
      let read = try features(student, weights)
      #expect(fit.count == logits.count)
      #expect(fit.share > 0 && fit.share < 1)
      expectLeast(fit, Rows(features: read, logits: logits), dropout: dropout)
    }

    // Of rows that nobody has answered nothing is known.
    let partly: [[Double]?] = logits.enumerated().map { $0.offset == 1 ? nil : $0.element }
    let fit = try #require(
      try HeadFit.fill(
        student, weights, to: answers(partly).asAnswers, by: SquaredAnswerError(), on: source,
        computing: context))
    let kept = logits.indices.filter { $0 != 1 }
    let read = try features(student, weights)
    #expect(fit.count == kept.count)
    expectLeast(
      fit, Rows(features: kept.map { read[$0] }, logits: kept.map { logits[$0] }), dropout: dropout)
    #expect(
      try HeadFit.fill(
        student, weights, to: answers(logits.map { _ in nil }).asAnswers, by: SquaredAnswerError(),
        on: source,
        computing: context) == nil)
  }

  @Test func `what dropout adds to the error is heeded`() throws {
    var configuration = try fixture.model("student").configuration
    configuration.hiddenDropout = 0.3
    configuration.classifierDropout = nil
    let teacher = try fixture.teacher("wide", on: context)
    let known = try #require(
      try Predictor(teacher.model, weights: teacher.weights, on: context)
        .outputs(of: InMemoryExamples(fixture.examples)))
    for style in ClassifierStyle.allCases {
      let student = try BertModel(
        configuration, head: .classification(labels: fixture.labels, style: style))
      let weights = try fixture.weights("student", in: student.layout)
      let fit = try #require(
        try HeadFit.fill(
          student, weights, to: known.asTeacher, by: SquaredAnswerError(),
          on: InMemoryExamples(fixture.examples),
          computing: context))
      expectLeast(
        fit,
        Rows(
          features: try features(student, weights),
          logits: (0..<known.count).map { known.rows[$0].map(Double.init) }),
        dropout: style == .hf ? Double(Float(0.3)) : 0)
    }
  }

  @Test func `where a softmax counts, what is added to a row of logits says nothing`() throws {
    let student = try fixture.model("student")
    let teacher = try fixture.teacher("wide", on: context)
    let known = try #require(
      try Predictor(teacher.model, weights: teacher.weights, on: context)
        .outputs(of: InMemoryExamples(fixture.examples)))
    let moved = (0..<known.count).map { row -> [Double]? in
      known.rows[row].map { Double($0) + 3 * Double(row) }
    }
    var fits: [[HeadFit]] = []
    for loss in [try SoftCrossEntropy() as any AnswerLoss, try SquaredAnswerError()] {
      fits.append(
        try [known, answers(moved)].map {
          let weights = try fixture.weights("student", in: student.layout)
          return try #require(
            try HeadFit.fill(
              student, weights, to: $0.asTeacher, by: loss,
              on: InMemoryExamples(fixture.examples), computing: context))
        })
    }
    let far = fits.map { pair in
      zip(pair[0].weight.values, pair[1].weight.values).map { abs($0 - $1) }.max() ?? 0
    }
    #expect(far[0] < 1e-4 && far[1] > 1e-2, "\(far)")
  }

  @Test func `what is written is what was fitted`() throws {
    let student = try fixture.model("student")
    let weights = try fixture.weights("student", in: student.layout)
    let teacher = try fixture.teacher("wide", on: context)
    let fit = try #require(
      try HeadFit.fill(
        student, weights, to: .live(teacher), by: SquaredAnswerError(),
        on: InMemoryExamples(fixture.examples),
        computing: context))
    #expect(
      weights[try #require(weights.layout["classifier.weight"])].values()
        == fit.weight.values.map(Float.init))
    #expect(
      weights[try #require(weights.layout["classifier.bias"])].values()
        == fit.bias.map(Float.init))
  }

  @Test func `a pooler whose numbers are small grows, and stays where nothing is fitted`() throws {
    let student = try fixture.model("student")
    let weights = try fixture.weights("student", in: student.layout)
    let pooler = try #require(weights.layout["bert.pooler.dense.weight"])
    weights[pooler].assign(weights[pooler].values().map { $0 / 100 })
    let small = weights[pooler].values()
    let source = InMemoryExamples(fixture.examples)
    #expect(
      try HeadFit.fill(
        student, weights, to: answers(fixture.examples.map { _ in nil }).asAnswers,
        by: SquaredAnswerError(), on: source,
        computing: context) == nil)
    #expect(weights[pooler].values() == small)
    let teacher = try fixture.teacher("wide", on: context)
    #expect(
      try HeadFit.fill(
        student, weights, to: .live(teacher), by: SquaredAnswerError(), on: source,
        computing: context)
        != nil)
    let read = try features(student, weights)
    let square = read.joined().reduce(0) { $0 + $1 * $1 } / Double(read.count * read[0].count)
    // tanh holds back the largest.
    #expect(square.squareRoot() > 0.3 && square.squareRoot() <= HeadFit.size * 1.001)
  }

  @Test func `a head without a layer of its own has nothing to fit`() throws {
    let configuration = try fixture.model("student").configuration
    let teacher = try fixture.teacher("wide", on: context)
    for head in [Head.maskedLanguage, .embedding(pooling: .mean, isNormalized: true)] {
      let student = try BertModel(configuration, head: head)
      #expect(
        try HeadFit.fill(
          student, ParameterSet(student.layout), to: .live(teacher),
          by: SquaredAnswerError(), on: InMemoryExamples(fixture.examples), computing: context)
          == nil)
    }
    for head in [
      Head.tokenClassification(labels: 3), .questionAnswering,
      .classification(labels: 3, style: .tinybert),
    ] {
      #expect(try BertModel(configuration, head: head).lastLayer != nil)
    }
  }
}
