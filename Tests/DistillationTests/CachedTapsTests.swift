import Compute
import Distillation
import TestSupport
import Testing
import Training
import Transformer

@Suite struct CachedTapsTests {
  let fixture: DistillationFixture
  let context = ComputeContext(threads: 2)

  init() throws { fixture = try DistillationFixture.load() }

  /// Records of all examples, one after the other, and where each begins.
  private struct Records {
    var values: [Float] = []
    var offsets = [0]

    init(
      _ layout: TapLayout, of source: InMemoryExamples, by teacher: TeacherRunner, maxTokens: Int,
      recorder: TeacherLogitRecorder? = nil
    ) throws {
      for index in 0..<source.count {
        offsets.append(offsets[index] + layout.count(length: source.length(of: index)))
      }
      let isDone = try teacher.record(
        layout, of: source, recorder: recorder, batches: RecordingBatches(maxTokens: maxTokens)
      ) { part in
        for index in part.indices { values.append(part[index]) }
      }
      #expect(isDone)
      #expect(values.count == offsets.last)
    }

    func source(_ layout: TapLayout, _ teacher: TeacherRunner) -> CachedTaps {
      CachedTaps(
        layout, of: teacher.configuration, bounds: { offsets[$0]..<offsets[$0 + 1] },
        read: { first, part in
          for index in part.indices { part[index] = values[first + index] }
        })
    }
  }

  /// A student, its weights, and a way to make its loss, for a teacher that is wider and deeper.
  private func prepare(_ map: String) throws -> (
    BertModel, ParameterSet, (any TeacherSource) throws -> LayerObjective, TeacherRunner
  ) {
    let student = try fixture.model("student")
    var layout = student.layout
    let teacher = try fixture.teacher("three_heads", on: context)
    let map = try LayerMap(
      LayerMap.Strategy(parsing: map, studentLayers: 2), studentLayers: 2, teacherLayers: 3)
    let projection = try HiddenProjection.declare(
      .shared, states: map.hidden.map(\.student), student: 8, teacher: 12, in: &layout)
    let weights = ParameterSet(layout)
    weights.initialize(stdev: 0.1, stream: stream("student"))
    let objective = { (source: any TeacherSource) in
      try LayerObjective(
        student: student, teacher: source, map: map, projection: projection, headMismatch: .mean)
    }
    return (student, weights, objective, teacher)
  }

  @Test(arguments: ["uniform", "1:1,2:2"])
  func `a training on cached layers is that on the running teacher, to the bit`(map: String) throws
  {
    let results = try [false, true].map { isCached in
      let (student, weights, objective, teacher) = try prepare(map)
      let source = InMemoryExamples(fixture.examples)
      var loss = try objective(teacher)
      if isCached {
        let layout = TapLayout(loss.teacherTaps, of: teacher.configuration)
        let records = try Records(layout, of: source, by: teacher, maxTokens: 1)
        loss = try objective(records.source(layout, teacher))
      }
      var options = TrainingOptions()
      options.perDeviceTrainBatchSize = 4
      options.maxSteps = 12
      options.learningRate = 2e-2
      // One example a batch, as when they were recorded: how a product rounds may depend on its rows.
      options.maxTokens = 1
      let trainer = try Trainer(
        student, weights: weights, objective: loss, source: source, options: options, on: context)
      let start = weights.values.values()
      _ = try trainer.run()
      #expect(weights.values.values() != start)
      return weights.values.values().map(\.bitPattern)
    }
    #expect(results[0] == results[1])
  }

  @Test
  func
    `a batch of cached examples is what the teacher says of it, whatever they were recorded with`()
    throws
  {
    let (_, _, objective, teacher) = try prepare("uniform")
    let source = InMemoryExamples(fixture.examples)
    let taps = try objective(teacher).teacherTaps
    let layout = TapLayout(taps, of: teacher.configuration)
    let cached = try Records(layout, of: source, by: teacher, maxTokens: 20)
      .source(layout, teacher)
    let indices = Array((0..<source.count).reversed())
    let batch = MicroBatcher(maxTokens: 1000).batches(
      try source.examples(indices), indices: indices, firstPlace: 0)[0]
    let (mine, theirs) = (try cached.taps(taps, of: batch), try teacher.taps(taps, of: batch))
    func expectClose(_ one: Matrix?, _ other: Matrix?) throws {
      let comparison = Comparison(
        try #require(one).values().map(Double.init), try #require(other).values().map(Double.init),
        within: .forward)
      #expect(comparison.isClose, "\(comparison)")
    }
    for state in taps.hidden { try expectClose(mine.hidden[state], theirs.hidden[state]) }
    for layer in taps.scores { try expectClose(mine.scores[layer], theirs.scores[layer]) }
  }

  @Test func `the teacher runs no layer above the highest mapped one`() throws {
    let (_, _, objective, teacher) = try prepare("1:1,2:2")
    let taps = try objective(teacher).teacherTaps
    #expect(taps == BertModel.Taps(hidden: [0, 1, 2], scores: [1, 2]))
    #expect(teacher.model.depth(for: taps) == 2)
    let batch = MicroBatcher(maxTokens: 1000).batches(
      fixture.examples, indices: Array(fixture.examples.indices), firstPlace: 0)[0]
    let made = try teacher.taps(taps, of: batch)
    #expect(Set(made.hidden.keys) == taps.hidden)
    #expect(Set(made.scores.keys) == taps.scores)
    #expect(made.logits == nil)
    // What is not run cannot be harmed by numbers that are none.
    let before = made.hidden.mapValues { $0.values() }
    for parameter in teacher.model.layout.parameters
    where parameter.name.hasPrefix("bert.encoder.layer.2.") {
      teacher.weights[parameter].fill(.nan)
    }
    #expect(try teacher.taps(taps, of: batch).hidden.mapValues { $0.values() } == before)
  }

  @Test
  func `logits recorded while the layers are cached are those that the teacher predicts`() throws {
    let teacher = try fixture.teacher("wide", on: context)
    let source = InMemoryExamples(fixture.examples)
    let recorder = TeacherLogitRecorder(examples: source.count, columns: 3)
    let layout = TapLayout(BertModel.Taps(hidden: [1]), of: teacher.configuration)
    _ = try Records(layout, of: source, by: teacher, maxTokens: 20, recorder: recorder)
    #expect(recorder.isComplete)
    let expected = try Predictor(teacher.model, weights: teacher.weights, on: context)
      .outputs(of: source)
    #expect(recorder.outputs == expected)
  }

  @Test func `a record of another example's length is refused`() throws {
    let (_, _, objective, teacher) = try prepare("uniform")
    let source = InMemoryExamples(fixture.examples)
    let taps = try objective(teacher).teacherTaps
    let layout = TapLayout(taps, of: teacher.configuration)
    let cached = try Records(layout, of: source, by: teacher, maxTokens: 1000)
      .source(layout, teacher)
    let lengths = fixture.examples.map(\.sequence.ids.count)
    let other = try #require(lengths.firstIndex { $0 != lengths[0] })
    let batch = MicroBatcher(maxTokens: 1000).batches(
      [fixture.examples[0]], indices: [other], firstPlace: 0)[0]
    let error = #expect(throws: DistillationError.self) { try cached.taps(taps, of: batch) }
    #expect(error?.kind == .missingTaps)
  }
}
