import Compute
import TestSupport
import Testing
import Training
import Transformer

@testable import Distillation

@Suite struct ObjectiveTests {
  let fixture: DistillationFixture
  let context = ComputeContext(threads: 2)

  init() throws { fixture = try DistillationFixture.load() }

  private func model(
    hidden: Int = 8, layers: Int = 2, heads: Int = 2, dropout: Double = 0, labels: Int = 3
  ) throws -> BertModel {
    try BertModel(
      ModelConfiguration(
        vocabularySize: 19, hiddenSize: hidden, layerCount: layers, headCount: heads,
        intermediateSize: 12, maximumPositions: 40, hiddenDropout: dropout,
        attentionDropout: dropout),
      head: .classification(labels: labels, style: .hf))
  }

  private func examples(_ count: Int) -> [Example] {
    var numbers = ArbitraryNumbers(5)
    return (0..<count).map { _ in
      let length = 1 + numbers.below(30)
      return Example(
        sequence: TokenSequence(ids: (0..<length).map { _ in Int32(numbers.below(19)) }),
        target: Target(label: Int32(numbers.below(4)) - 1))
    }
  }

  @Test func `a student that is its own teacher has neither loss nor gradient`() throws {
    let student = try fixture.model("student")
    let weights = try fixture.weights("student", in: student.layout)
    let teacher = try fixture.teacher("student", on: context)
    let map = try LayerMap(.uniform, studentLayers: 2, teacherLayers: 2)
    let intermediate = try LayerObjective(
      student: student, teacher: teacher, map: map, projection: nil)
    let layers = try Sweep(student, weights, intermediate, fixture.examples, on: context)
    #expect(layers.terms.terms.map(\.name) == ["embedding", "hidden", "attention"])
    #expect(layers.terms.total == 0)
    #expect(layers.gradients.values.values().allSatisfy { $0 == 0 })

    // Cross-entropy of equal distributions is their entropy; only its gradient vanishes.
    let prediction = try PredictionObjective(
      student: student, teacher: .live(teacher), temperature: 3)
    let logits = try Sweep(student, weights, prediction, fixture.examples, on: context)
    // The student's last layer is computed at fewer rows, whose products may round differently.
    #expect(logits.terms.total > 0)
    #expect(logits.gradients.values.values().allSatisfy { abs($0) < 1e-6 })
  }

  /// Both phases' objectives for a student with dropout and a wider, deeper teacher.
  private func phases(
    on context: ComputeContext, teacherDropout: Double = 0
  ) throws -> (BertModel, ParameterSet, [any Objective]) {
    let student = try model(dropout: 0.1)
    var layout = student.layout
    let teacher = try model(hidden: 12, layers: 3, heads: 3, dropout: teacherDropout)
    let teacherWeights = ParameterSet(teacher.layout)
    teacherWeights.initialize(stdev: 0.3, stream: stream("teacher"))
    let runner = TeacherRunner(teacher, weights: teacherWeights, on: context)
    let map = try LayerMap(.uniform, studentLayers: 2, teacherLayers: 3)
    let projection = try HiddenProjection.declare(
      .shared, states: [0, 1, 2], student: 8, teacher: 12, in: &layout)
    let weights = ParameterSet(layout)
    weights.initialize(stdev: 0.3, stream: stream("student"))
    let objectives: [any Objective] = [
      try LayerObjective(
        student: student, teacher: runner, map: map, projection: projection, headMismatch: .mean),
      try PredictionObjective(
        student: student, teacher: .live(runner), temperature: 2, scalesByTemperature: true,
        alpha: 0.5),
    ]
    return (student, weights, objectives)
  }

  @Test func `how a step is cut into micro-batches does not change its gradients`() throws {
    let examples = examples(32)
    let lengths = examples.map(\.sequence.ids.count)
    let tokens = lengths.reduce(0, +)
    let (student, weights, objectives) = try phases(on: context)
    for objective in objectives {
      let whole = try Sweep(student, weights, objective, examples, on: context)
      let expected = whole.gradients.values.values().map(Double.init)
      for (limit, count) in [(tokens * 3 / 5, 2), (tokens * 2 / 9, 5)] {
        #expect(MicroBatcher(maxTokens: limit).cuts(lengths: lengths).count == count)
        let parts = try Sweep(
          student, weights, objective, examples, maxTokens: limit, on: context)
        let distance = relativeDistance(
          parts.gradients.values.values().map(Double.init), expected)
        #expect(distance <= 1e-5, "\(count) micro-batches: \(distance)")
        #expect(abs(parts.terms.total - whole.terms.total) <= 1e-6 * whole.terms.total)
      }
    }
  }

  @Test func `the teacher runs without dropout, whatever its configuration says`() throws {
    let examples = examples(6)
    let results = try [0, 0.5].map { dropout in
      let (student, weights, objectives) = try phases(on: context, teacherDropout: dropout)
      return try objectives.map {
        try Sweep(student, weights, $0, examples, on: context).terms
      }
    }
    #expect(results[0] == results[1])
  }

  @Test func `gradients are added to what is there, so losses can be combined`() throws {
    let batch = MicroBatcher(maxTokens: 1000).batches(
      examples(4), indices: [0, 1, 2, 3], firstPlace: 0)[0]
    let (student, weights, objectives) = try phases(on: context)
    for objective in objectives {
      let arena = Arena()
      let activations = student.forward(
        batch.packed, weights, taps: objective.taps, mode: .evaluation, on: context, in: arena)
      let seeds = activations.makeTapGradients(in: arena)
      let gradients = ParameterSet(weights.layout)
      func evaluate() throws -> [Double] {
        _ = try objective.evaluate(
          batch, student: activations, tapGradients: seeds, weights: weights,
          gradients: gradients, totals: StepTotals(objective.denominators, of: [batch]),
          on: context, in: arena)
        var all = gradients.values.values()
        for state in seeds.hidden.sorted(by: { $0.key < $1.key }) { all += state.value.values() }
        for layer in seeds.scores.sorted(by: { $0.key < $1.key }) { all += layer.value.values() }
        return (all + (seeds.logits?.values() ?? [])).map(Double.init)
      }
      let once = try evaluate()
      let twice = try evaluate()
      #expect(once.contains { $0 != 0 })
      #expect(relativeDistance(twice, once.map { 2 * $0 }) < 1e-6)
    }
  }

  @Test(arguments: ComputeContext.obstacleToBF16 == nil ? [Precision.fp32, .bf16] : [.fp32])
  func `the same bits come out at 1, 2 and 4 threads`(precision: Precision) throws {
    let examples = examples(32)
    let results = try [1, 2, 4].map { threads in
      let context = ComputeContext(threads: threads, precision: precision)
      let (student, weights, objectives) = try phases(on: context)
      return try objectives.map { objective in
        let sweep = try Sweep(
          student, weights, objective, examples, maxTokens: 300, on: context)
        return sweep.gradients.values.values() + sweep.terms.terms.map { Float($0.value) }
      }
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }

  @Test func `TinyBERT's example of the attention loss`() throws {
    // Reference 1.3: two queries, the second key masked, so both sides are 0 there.
    let student = try model(heads: 1)
    let weights = ParameterSet(student.layout)
    let objective = try LayerObjective(
      student: student, teacher: TeacherRunner(student, weights: weights, on: context),
      map: try LayerMap(.uniform, studentLayers: 2, teacherLayers: 2), projection: nil)
    let gradient = Matrix(rows: 1, columns: 4)
    let batch = TrainingBatch(
      packed: PackedBatch([TokenSequence(ids: [1, 2])], places: [0]), targets: [.none], indices: [0]
    )
    let loss = objective.attentionLoss(
      Matrix(rows: 1, columns: 4, values: [1, 0, 0.5, 0]),
      Matrix(rows: 1, columns: 4, values: [2, 0, 1, 0]), SequenceOffsets(lengths: [2]),
      StepTotals(objective.denominators, of: [batch]), weight: 1, into: gradient, on: context,
      scratch: [])
    #expect(loss == 0.3125)
    #expect(gradient.values() == [-0.5, 0, -0.25, 0])
  }

  @Test
  func `TinyBERT's example of the soft cross-entropy, which divides by the classes too`() throws {
    let loss = context.softCrossEntropy(
      student: Matrix(rows: 1, columns: 2, values: [2, 0]),
      teacher: Matrix(rows: 1, columns: 2, values: [1, 1]), temperature: 1, gradientScale: 1,
      addingGradientInto: Matrix(rows: 1, columns: 2))
    #expect(abs(loss / 2 - 0.563_464_005_5) < 1e-7)
  }

  @Test func `a teacher's logits are recorded the first time an example is seen`() throws {
    let student = try fixture.model("student")
    let weights = try fixture.weights("student", in: student.layout)
    let teacher = try fixture.teacher("narrow", on: context)
    let recorder = TeacherLogitRecorder(examples: fixture.examples.count, columns: 3)
    let objective = try LayerObjective(
      student: student, teacher: teacher,
      map: try LayerMap(.uniform, studentLayers: 2, teacherLayers: 3), projection: nil,
      recorder: recorder)
    _ = try Sweep(student, weights, objective, Array(fixture.examples.prefix(3)), on: context)
    #expect(!recorder.isComplete)
    _ = try Sweep(student, weights, objective, fixture.examples, on: context)
    #expect(recorder.isComplete)
    let expected = try #require(
      try Predictor(teacher.model, weights: teacher.weights, on: context)
        .outputs(of: InMemoryExamples(fixture.examples)))
    #expect(recorder.outputs == expected)
    let kept = recorder.values.values()
    recorder.values.fill(0)
    _ = try Sweep(student, weights, objective, fixture.examples, on: context)
    #expect(recorder.values.values() != kept, "what is known is not computed again")
  }

  @Test func `what cannot be compared is refused with its cure`() throws {
    let student = try model()
    let wide = try model(hidden: 12, layers: 3, heads: 3)
    let weights = ParameterSet(wide.layout)
    let runner = TeacherRunner(wide, weights: weights, on: context)
    let map = try LayerMap(.uniform, studentLayers: 2, teacherLayers: 3)
    var layout = student.layout
    func kind(_ body: () throws -> Void) -> DistillationError.Kind? {
      #expect(throws: DistillationError.self, performing: body)?.kind
    }
    #expect(
      kind {
        _ = try HiddenProjection.declare(
          .none, states: [0], student: 8, teacher: 12, in: &layout)
      } == .projection)
    #expect(
      kind {
        _ = try LayerObjective(
          student: student, teacher: runner, map: map, projection: nil)
      } == .projection)
    #expect(
      kind {
        _ = try LayerObjective(
          student: student, teacher: runner, map: map, projection: nil, losses: [.attention])
      } == .headMismatch)
    #expect(
      kind {
        _ = try LayerObjective(
          student: student, teacher: runner, map: map, projection: nil, losses: [])
      } == .options)
    #expect(
      kind {
        _ = try PredictionObjective(
          student: try model(labels: 2), teacher: .live(runner))
      } == .options)
    #expect(
      kind {
        _ = try PredictionObjective(student: student, teacher: .live(runner), temperature: 0)
      } == .options)
    #expect(
      kind {
        _ = try PredictionObjective(student: student, teacher: .live(runner), alpha: 1.5)
      } == .options)
  }
}
