import Compute
import Distillation
import Foundation
import TestSupport
import Testing
import Training
import Transformer

@Suite struct LayerLossTests {
  let models: DistillationFixture
  let fixture: LayerLossFixture
  let context = ComputeContext(threads: 2)

  init() throws {
    models = try DistillationFixture.load()
    fixture = try LayerLossFixture.load()
  }

  /// The student, its weights, and its loss by what a source says of the teacher.
  private func prepare(
    _ entry: LayerLossFixture.Case
  ) throws -> (BertModel, ParameterSet, TeacherRunner, (any TeacherSource) throws -> LayerObjective)
  {
    let student = try models.model("student")
    let teacher = try models.teacher(entry.teacher, on: context)
    var layout = student.layout
    let map = try LayerMap(.uniform, studentLayers: 2, teacherLayers: 3)
    let projection = try HiddenProjection.declare(
      try #require(HiddenProjection.Sharing(rawValue: entry.sharing)), states: [0, 1, 2],
      student: 8, teacher: teacher.model.configuration.hiddenSize, in: &layout)
    var forms = LayerObjective.Forms()
    forms.hidden = try #require(.init(rawValue: entry.hidden))
    forms.attention = try #require(.init(rawValue: entry.attention))
    forms.weights = LossWeights(entry.weights)
    if entry.losses.contains("relations") {
      forms.relations = try RelationMatch(
        heads: entry.heads, layer: "\(entry.layer[0]):\(entry.layer[1])",
        student: student.configuration, teacher: teacher.configuration)
    }
    let weights = try models.weights("student", in: layout, sharing: entry.sharing)
    return (
      student, weights, teacher,
      { source in
        try LayerObjective(
          student: student, teacher: source, map: map, projection: projection, headMismatch: .mean,
          losses: Set(entry.losses.compactMap(LayerObjective.Loss.init(rawValue:))), forms: forms)
      }
    )
  }

  @Test func `a fixture was loaded and holds every kind of case`() {
    #expect(LayerLossFixture.caseNames.count == 9)
    #expect(LayerLossFixture.predictionNames.count == 3)
  }

  @Test(arguments: LayerLossFixture.caseNames)
  func `every term and the gradient of every parameter agree`(name: String) throws {
    let entry = try #require(fixture.cases.first { $0.name == name })
    let (student, weights, teacher, objective) = try prepare(entry)
    let loss = try objective(teacher)
    for maxTokens in [1000, 9] {
      let sweep = try Sweep(
        student, weights, loss, models.examples, maxTokens: maxTokens, on: context)
      try sweep.expect(
        terms: #require(entry.terms), gradients: #require(entry.gradients), of: weights.layout,
        tolerance: 1e-5)
    }
    let trainer = try Trainer(
      student, weights: weights, objective: loss, source: InMemoryExamples(models.examples),
      options: TrainingOptions(), on: context)
    #expect(
      Set(trainer.optimizer.parameters.map(\.name)) == Set(try #require(entry.gradients).keys))
  }

  @Test(arguments: LayerLossFixture.predictionNames)
  func `every term and gradient of the prediction phase agrees`(name: String) throws {
    let entry = try #require(fixture.predictions.first { $0.name == name })
    let student = try models.model("student")
    let soft = try SoftCrossEntropy(temperature: entry.temperature, scalesByTemperature: entry.t2)
    let loss: any AnswerLoss =
      entry.form == "kl"
      ? AnswerDivergence(soft) : SquaredAnswerError(ofLogitsOver: soft.denominator)
    let objective = try PredictionObjective(
      student: student, teacher: .live(models.teacher("wide", on: context)), answerLoss: loss,
      targetLoss: CrossEntropy(), alpha: entry.alpha, lossWeights: LossWeights(entry.weights))
    let weights = try models.weights("student", in: student.layout)
    let sweep = try Sweep(student, weights, objective, models.examples, on: context)
    try sweep.expect(
      terms: entry.terms, gradients: entry.gradients, of: weights.layout, tolerance: 1e-5)
  }

  /// The options of the training of the fixture: all texts are one step.
  private func options() -> TrainingOptions {
    var options = TrainingOptions()
    options.perDeviceTrainBatchSize = models.examples.count
    options.maxSteps = fixture.training.steps?.count
    options.learningRate = fixture.training.rate ?? 0
    options.lrSchedulerType = .constant
    options.warmupRatio = 0
    options.optimizer.clipping = .none
    options.loggingSteps = 1
    return options
  }

  @Test
  func `the steps of a training with courses of weights are PyTorch's, and go on as they were`()
    throws
  {
    func prepare() throws -> Trainer {
      let (student, weights, teacher, objective) = try self.prepare(fixture.training)
      return try Trainer(
        student, weights: weights, objective: objective(teacher),
        source: InMemoryExamples(models.examples), options: options(), on: context)
    }
    let trainer = try prepare()
    var steps: [LossTerms] = []
    _ = try trainer.run(events: { if case .step(let report) = $0 { steps.append(report.terms) } })
    let expected = try #require(fixture.training.steps)
    #expect(steps.count == expected.count)
    for (step, known) in zip(steps, expected) {
      for (name, value) in known {
        let actual = try #require(step[name])
        #expect(abs(actual - value) <= 1e-4 * abs(value), "\(name): \(actual), \(value)")
      }
    }

    let interrupted = try prepare()
    var polls = 0
    _ = try interrupted.run(shouldStop: {
      polls += 1
      return polls > 3
    })
    #expect(interrupted.state.step == 3)
    let resumed = try prepare()
    try resumed.restore(interrupted.checkpoint())
    _ = try resumed.run()
    #expect(resumed.weights.values.values() == trainer.weights.values.values())
  }

  @Test func `relations of a cached teacher are those of the running one`() throws {
    let entry = try #require(fixture.cases.first { $0.name == "everything, weighted" })
    let (student, weights, teacher, objective) = try prepare(entry)
    let taps = try objective(teacher).teacherTaps
    let layout = TapLayout(taps, of: teacher.configuration)
    #expect(layout.taps == taps && layout.count(length: 4) == 4 * (3 * 12 + 36 + 2 * 2 * 4))
    let source = InMemoryExamples(models.examples)
    var (values, offsets): ([Float], [Int]) = ([], [0])
    for index in 0..<source.count {
      offsets.append(offsets[index] + layout.count(length: source.length(of: index)))
    }
    _ = try teacher.record(layout, of: source) { part in
      for index in part.indices { values.append(part[index]) }
    }
    let records = (values, offsets)
    let cached = CachedTaps(
      layout, of: teacher.configuration, bounds: { records.1[$0]..<records.1[$0 + 1] },
      read: { first, part in for index in part.indices { part[index] = records.0[first + index] } })
    let sweep = try Sweep(student, weights, objective(cached), models.examples, on: context)
    try sweep.expect(
      terms: #require(entry.terms), gradients: #require(entry.gradients), of: weights.layout,
      tolerance: 1e-5)
  }

  @Test
  func `relations alone run a teacher no deeper than they need, and nothing of its last layer`()
    throws
  {
    let entry = try #require(fixture.cases.first { $0.name == "relations, other heads and layers" })
    let (student, weights, teacher, objective) = try prepare(entry)
    let batch = MicroBatcher(maxTokens: 1000).batches(
      models.examples, indices: Array(models.examples.indices), firstPlace: 0)[0]
    let taps = try objective(teacher).teacherTaps
    #expect(taps == BertModel.Taps(queriesKeysValues: [2]))
    let before = try teacher.taps(taps, of: batch).queriesKeysValues[2]?.values()
    for parameter in teacher.model.layout.parameters
    where parameter.name.contains("layer.1.output")
      || parameter.name.contains("layer.1.attention.output")
      || parameter.name.contains("layer.2.")
    {
      teacher.weights[parameter].fill(.nan)
    }
    #expect(try teacher.taps(taps, of: batch).queriesKeysValues[2]?.values() == before)
    _ = try Sweep(student, weights, objective(teacher), models.examples, on: context)
  }

  @Test func `heads and layers that do not fit are named`() throws {
    let (student, teacher) = (
      try models.model("student").configuration, try models.model("wide").configuration
    )
    func message(_ heads: Int, _ layer: String?) -> String {
      do {
        _ = try RelationMatch(heads: heads, layer: layer, student: student, teacher: teacher)
        return "none"
      } catch { return "\(error)" }
    }
    #expect(
      message(12, nil)
        == "--relation-heads: 12 heads do not divide both the student's width 8 and the "
        + "teacher's 12; take one of 1, 2, 4")
    #expect(message(2, "4") == "--relation-layer: the teacher has no layer 4; take one from 1 to 3")
    #expect(
      message(2, "0:1") == "--relation-layer: the student has no layer 0; take one from 1 to 2")
    for wrong in ["", "a", "1:", ":1", "1:2:3"] {
      #expect(message(2, wrong).hasPrefix("--relation-layer: '\(wrong)' is no layer; give one of"))
    }
    let last = try RelationMatch(heads: 2, student: student, teacher: teacher)
    #expect(last.pair == LayerMap.Pair(student: 2, teacher: 3))
    let middle = try RelationMatch(heads: 4, layer: "2", student: student, teacher: teacher)
    #expect(middle.description == "2<-2 by 4 relation heads")
  }

  @Test(.enabled(if: ComputeContext.obstacleToBF16 == nil, "no bf16 here"))
  func `in bf16 the losses are near those of fp32`() throws {
    let entry = try #require(fixture.cases.first { $0.name == "everything, weighted" })
    let context = ComputeContext(threads: 2, precision: .bf16)
    let (student, weights, teacher, objective) = try prepare(entry)
    let runner = TeacherRunner(teacher.model, weights: teacher.weights, on: context)
    let sweep = try Sweep(student, weights, objective(runner), models.examples, on: context)
    for (term, expected) in try #require(entry.terms) {
      #expect(abs((sweep.terms[term] ?? 0) - expected) <= 2e-2 * expected, "\(term)")
    }
    for (name, data) in try #require(entry.gradients) {
      let parameter = try #require(weights.layout[name])
      let (one, other) = (
        sweep.gradients[parameter].values().map(Double.init), floats(data).map(Double.init)
      )
      #expect(relativeDistance(one, other, floor: 1e-3) < 5e-2, "\(name)")
    }
  }
}
