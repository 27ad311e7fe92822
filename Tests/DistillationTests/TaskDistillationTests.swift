import Compute
import Distillation
import RandomStreams
import TestSupport
import Testing
import Training
import Transformer

func stream(_ purpose: String) -> RandomStream { RandomStream(seed: 3, purpose: purpose) }

@Suite("Distillation through the trainer")
struct TaskDistillationTests {
  @Test("A student learns a teacher's layers, projection included, and resumes with equal bits")
  func intermediate() throws {
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
      let objective = try IntermediateObjective(
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
}
