import Compute
import Distillation
import TestSupport
import Testing
import Training
import Transformer

/// Hidden tokens that are learnt beside a teacher's layers.
@Suite struct MaskedLayerTests {
  let fixture: DistillationFixture
  let context = ComputeContext(threads: 2)

  init() throws { fixture = try DistillationFixture.load() }

  @Test(arguments: [1000, 9])
  func `its gradients are those of the layers and of the tokens together`(maxTokens: Int) throws {
    let student = try BertModel(
      try fixture.model("student").configuration, head: .maskedLanguage)
    let teacher = try fixture.teacher("narrow", on: context)
    let weights = ParameterSet(student.layout)
    weights.initialize(stdev: 0.3, stream: stream("masked"))
    let layers = try LayerObjective(
      student: student, teacher: teacher,
      map: try LayerMap(.uniform, studentLayers: 2, teacherLayers: 3), projection: nil)
    // Every second token is asked for, and none of one example.
    let examples = fixture.examples.enumerated().map { number, example in
      Example(
        sequence: example.sequence,
        target: .tokenLabels(
          example.sequence.ids.indices.map { number == 2 || $0 % 2 == 0 ? -100 : Int32($0) }))
    }
    let words = TargetObjective(CrossEntropy(term: "masked_language"))
    let both = MaskedLayerObjective(layers, beside: words, weight: 0.25)
    let sweeps = try [both, layers, words].map { (loss: any Objective) in
      try Sweep(student, weights, loss, examples, maxTokens: maxTokens, on: context)
    }
    #expect(
      sweeps[0].terms.terms.map(\.name) == ["embedding", "hidden", "attention", "masked_language"])
    let tokens = try #require(sweeps[0].terms["masked_language"])
    #expect(abs(tokens - 0.25 * (sweeps[2].terms["masked_language"] ?? 0)) < 1e-6)
    #expect(abs(sweeps[0].terms.total - tokens - sweeps[1].terms.total) < 1e-6)
    let values = sweeps.map { $0.gradients.values.values().map(Double.init) }
    let sum = zip(values[1], values[2]).map { $0 + 0.25 * $1 }
    #expect(relativeDistance(values[0], sum) < 1e-5)

    let trainer = try Trainer(
      student, weights: weights, objective: both, source: InMemoryExamples(examples),
      options: TrainingOptions(), on: context)
    #expect(trainer.optimizer.parameters.count == student.layout.parameters.count)
  }

  @Test func `the preparation of the tokens is that of the examples`() throws {
    let student = try BertModel(try fixture.model("student").configuration, head: .maskedLanguage)
    let layers = try LayerObjective(
      student: student, teacher: fixture.teacher("narrow", on: context),
      map: try LayerMap(.uniform, studentLayers: 2, teacherLayers: 3), projection: nil)
    let both = MaskedLayerObjective(
      layers,
      beside: TargetObjective(CrossEntropy()) { example, _, epoch, _ in
        Example(sequence: example.sequence, target: .label(Int32(epoch)))
      }, weight: 1)
    let prepared = both.prepared(fixture.examples[0], seed: 1, epoch: 7, place: 0)
    #expect(prepared.target == .label(7))
  }
}
