import Compute
import Distillation
import TestSupport
import Testing
import Training
import Transformer

@Suite struct OracleTests {
  let fixture: DistillationFixture
  let context = ComputeContext(threads: 2)

  init() throws { fixture = try DistillationFixture.load() }

  /// The student, its weights and the objective of a case.
  private func prepare(
    _ entry: DistillationFixture.Case
  ) throws -> (BertModel, ParameterSet, any Objective) {
    let student = try fixture.model("student")
    let teacher = try fixture.teacher(entry.teacher, on: context)
    var layout = student.layout
    guard entry.kind == "intermediate" else {
      let objective = try PredictionObjective(
        student: student, teacher: .live(teacher), temperature: entry.temperature ?? 1,
        scalesByTemperature: entry.t2 ?? false, alpha: entry.alpha ?? 0)
      return (student, try fixture.weights("student", in: layout), objective)
    }
    let map = try LayerMap(
      LayerMap.Strategy(parsing: try #require(entry.layerMap), studentLayers: 2),
      studentLayers: 2, teacherLayers: 3)
    let sharing = try #require(entry.sharing)
    let projection = try HiddenProjection.declare(
      try #require(HiddenProjection.Sharing(rawValue: sharing)),
      states: map.hidden.map(\.student), student: 8,
      teacher: teacher.model.configuration.hiddenSize, in: &layout)
    let objective = try LayerObjective(
      student: student, teacher: teacher, map: map, projection: projection,
      headMismatch: entry.mismatch.flatMap(HeadMismatch.init(rawValue:)),
      losses: Set((entry.losses ?? []).compactMap(LayerObjective.Loss.init(rawValue:))))
    return (student, try fixture.weights("student", in: layout, sharing: sharing), objective)
  }

  @Test(arguments: DistillationFixture.caseNames)
  func `every term and the gradient of every parameter agree`(name: String) throws {
    let entry = try #require(fixture.cases.first { $0.name == name })
    let (student, weights, objective) = try prepare(entry)
    let sweep = try Sweep(student, weights, objective, fixture.examples, on: context)
    try sweep.expect(
      terms: entry.terms, gradients: entry.gradients, of: weights.layout, tolerance: 1e-4)
  }

  @Test(arguments: DistillationFixture.caseNames)
  func `exactly the parameters with a gradient are trained`(name: String) throws {
    let entry = try #require(fixture.cases.first { $0.name == name })
    let (student, weights, objective) = try prepare(entry)
    let trainer = try Trainer(
      student, weights: weights, objective: objective, source: InMemoryExamples(fixture.examples),
      options: TrainingOptions(), on: context)
    #expect(Set(trainer.optimizer.parameters.map(\.name)) == Set(entry.gradients.keys))
  }

  @Test
  func `a fixture was loaded and holds every kind of case`() {
    #expect(DistillationFixture.caseNames.count == 13)
  }

  @Test func `cached logits give the same bits as the live teacher`() throws {
    let student = try fixture.model("student")
    let weights = try fixture.weights("student", in: student.layout)
    let teacher = try fixture.teacher("wide", on: context)
    let outputs = try #require(
      try Predictor(teacher.model, weights: teacher.weights, on: context)
        .outputs(of: InMemoryExamples(fixture.examples)))
    let live = try PredictionObjective(student: student, teacher: .live(teacher), temperature: 2)
    let cached = try PredictionObjective(
      student: student, teacher: outputs.asTeacher, temperature: 2)
    let one = try Sweep(student, weights, live, fixture.examples, on: context)
    let other = try Sweep(student, weights, cached, fixture.examples, on: context)
    #expect(one.terms == other.terms)
    #expect(one.gradients.values.values() == other.gradients.values.values())
  }
}
