import Compute
import Distillation
import RandomStreams
import TestSupport
import Testing
import Training
import Transformer

func stream(_ purpose: String) -> RandomStream { RandomStream(seed: 3, purpose: purpose) }

@Suite struct TaskDistillationTests {
  @Test
  func `a student learns a teacher's layers, projection included, and resumes with equal bits`()
    throws
  {
    let fixture = try DistillationFixture.load()
    let context = ComputeContext(threads: 2)
    func prepare(_ maxSteps: Int) throws -> (Trainer, HiddenProjection) {
      let student = try fixture.model("student")
      var layout = student.layout
      let teacher = try fixture.teacher("wide", on: context)
      let map = try LayerMap(.uniform, studentLayers: 2, teacherLayers: 3)
      let projection = try #require(
        try HiddenProjection.declare(
          .shared, states: [0, 1, 2], student: 8, teacher: 12, in: &layout))
      let objective = try LayerObjective(
        student: student, teacher: teacher, map: map, projection: projection)
      let weights = ParameterSet(layout)
      weights.initialize(stdev: 0.1, stream: stream("student"))
      var options = TrainingOptions()
      options.perDeviceTrainBatchSize = 4
      options.maxSteps = maxSteps
      options.learningRate = 2e-2
      options.warmupRatio = 0.03
      options.loggingSteps = 1
      let trainer = try Trainer(
        student, weights: weights, objective: objective,
        source: InMemoryExamples(fixture.examples), options: options, on: context)
      return (trainer, projection)
    }
    let (trainer, projection) = try prepare(150)
    let before = trainer.weights.values.values()
    let biasBefore = trainer.weights[projection.parameters[1]].values()
    var totals: [Double] = []
    _ = try trainer.run(events: {
      if case .step(let report) = $0 { totals.append(report.terms.total) }
    })
    let first = try #require(totals.first)
    let last = try #require(totals.last)
    #expect(last < first / 2, "\(first) -> \(last)")
    #expect(trainer.weights[projection.parameters[1]].values() != biasBefore)
    // Neither pooler nor classifier has moved, decay included (reference 1.4).
    for parameter in trainer.weights.layout.parameters
    where parameter.name.contains("pooler") || parameter.name.contains("classifier") {
      let range = parameter.offset..<parameter.offset + parameter.count
      #expect(trainer.weights[parameter].values() == Array(before[range]), "\(parameter.name)")
    }

    let (interrupted, _) = try prepare(150)
    var polls = 0
    let summary = try interrupted.run(shouldStop: {
      polls += 1
      return polls > 60
    })
    #expect(summary.outcome == .interrupted)
    let (resumed, _) = try prepare(150)
    try resumed.restore(interrupted.checkpoint())
    _ = try resumed.run()
    #expect(resumed.weights.values.values() == trainer.weights.values.values())
  }

  @Test(
    arguments: [(ModelFamily.distilbert, .electra), (.electra, .bert), (.bert, .distilbert)]
      as [(ModelFamily, ModelFamily)])
  func `layers and logits pass between families`(student: ModelFamily, teacher: ModelFamily) throws
  {
    let fixture = try DistillationFixture.load()
    let context = ComputeContext(threads: 2)
    func model(_ family: ModelFamily, width: Int, layers: Int) throws -> BertModel {
      try BertModel(
        ModelConfiguration(
          family: family, vocabularySize: 40, embeddingSize: family == .electra ? 6 : nil,
          hiddenSize: width, layerCount: layers, headCount: 2, intermediateSize: 12,
          maximumPositions: 40),
        head: .classification(labels: 3, style: .hf))
    }
    let (student, teacher) = (
      try model(student, width: 8, layers: 2), try model(teacher, width: 12, layers: 3)
    )
    let teacherWeights = ParameterSet(teacher.layout)
    teacherWeights.initialize(stdev: 0.3, stream: stream("teacher"))
    let runner = TeacherRunner(teacher, weights: teacherWeights, on: context)
    var layout = student.layout
    let map = try LayerMap(.uniform, studentLayers: 2, teacherLayers: 3)
    let projection = try HiddenProjection.declare(
      .shared, states: [0, 1, 2], student: 8, teacher: 12, in: &layout)
    let weights = ParameterSet(layout)
    weights.initialize(stdev: 0.1, stream: stream("student"))
    // The loss of the logits cannot fall below the entropy of the teacher's.
    let objectives: [(any Objective, most: Double)] = [
      (
        try LayerObjective(student: student, teacher: runner, map: map, projection: projection), 0.9
      ),
      (try PredictionObjective(student: student, teacher: .live(runner)), 0.999),
    ]
    for (objective, most) in objectives {
      var options = TrainingOptions()
      options.perDeviceTrainBatchSize = 4
      options.maxSteps = 100
      options.learningRate = 1e-2
      options.loggingSteps = 1
      let trainer = try Trainer(
        student, weights: weights, objective: objective,
        source: InMemoryExamples(fixture.examples), options: options, on: context)
      var totals: [Double] = []
      _ = try trainer.run(events: {
        if case .step(let report) = $0 { totals.append(report.terms.total) }
      })
      let (first, last) = (try #require(totals.first), try #require(totals.last))
      #expect(last < most * first, "\(first) -> \(last)")
    }
  }
}
