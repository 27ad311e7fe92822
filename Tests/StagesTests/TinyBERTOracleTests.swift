import Artifacts
import Compute
import Distillation
import Foundation
import Pipelines
import RandomStreams
import Stages
import Tasks
import TestSupport
import Testing
import Training
import Transformer

/// The preset, and switches of it alone, held to a PyTorch program in float64 that was written from what the
/// program of TinyBERT computes, padding included.
@Suite struct TinyBERTOracleTests {
  /// What the oracle is told.
  private struct Job: Encodable {
    struct Tensor: Encodable {
      let name: String
      let shape: [Int]
      let values: String
    }
    struct Model: Encodable {
      let layers: Int
      let heads: Int
      let relu: Bool
      let weights: [Tensor]
    }
    struct Row: Encodable {
      let ids: [Int32]
      let types: [Int32]
      let target: Double
    }
    let phase: String
    let student, teacher: Model
    let steps: [[Row]]
    let length: Int
    let pads: Bool
    let cutoff: Double?
    let overClasses, gold: Bool
    let rate: Double
    let schedule: String
    let total: Int
  }

  private struct Result: Decodable {
    let losses: [[String: Double]]
    let gradients: [String: String]
    let weights: [String: String]
  }

  /// A training, and what the oracle is to be told of it.
  private struct Case {
    let name: String
    let trainer: Trainer
    let job: Job
  }

  /// Beside BertAdam, which the oracle knows alone, nothing of the preset.
  private static let plain = [
    ("optim", "bertadam"), ("clip", "per_tensor"), ("lr_scheduler_type", "constant"),
    ("warmup_ratio", "0"), ("dataloader_drop_last", "true"),
  ]
  private static let preset = [
    ("preset", "tinybert"), ("teacher_dropout", "false"),
  ]
  /// Steps; a batch is small, memory small enough that it is cut, the rate large.
  private static let usual = [
    ("max_steps", "20"), ("per_device_train_batch_size", "4"), ("max_tokens", "30"),
    ("learning_rate", "2e-3"),
  ]
  private static let limit = 12

  private let context = ComputeContext(threads: 2)

  private func configuration(width: Int, layers: Int) -> ModelConfiguration {
    ModelConfiguration(
      vocabularySize: 40, hiddenSize: width, layerCount: layers, headCount: 2,
      intermediateSize: 2 * width, maximumPositions: 16, hiddenDropout: 0, attentionDropout: 0,
      initializerRange: 0.3)
  }

  /// Sequences of several lengths, some of them pairs; 13, which is no multiple of a batch.
  private func examples(_ target: (Int) -> Target) -> InMemoryExamples {
    var numbers = ArbitraryNumbers(7)
    return InMemoryExamples(
      (0..<13).map { row in
        let length = 3 + numbers.below(8)
        let ids = (0..<length).map { _ in Int32(1 + numbers.below(39)) }
        let second = row % 3 == 0 ? length / 2 : length
        return Example(
          sequence: TokenSequence(ids: ids, types: ids.indices.map { $0 < second ? 0 : 1 }),
          target: target(row))
      })
  }

  private func loaded(_ width: Int, _ layers: Int, _ head: Head, seed: UInt64) throws
    -> LoadedModel
  {
    let loaded = try LoadedModel(
      configuration(width: width, layers: layers), head: head,
      labels: (0..<(head.labelCount ?? 0)).map { "\($0)" })
    loaded.draw(loaded.weights.layout.parameters, seed: seed)
    // A bias that is 0 would hide that it is left out.
    let noise = RandomStream(seed: seed, purpose: "biases")
    for (number, parameter) in zip(UInt64(0)..., loaded.weights.layout.parameters)
    where parameter.initialization == .zeros {
      var draws = noise.sequence(place: number)
      loaded.weights[parameter].assign(
        (0..<parameter.count).map { _ in Float(draws.uniform() - 0.5) })
    }
    return loaded
  }

  private func model(_ loaded: LoadedModel) -> Job.Model {
    let configuration = loaded.model.configuration
    let isReLU = if case .classification(_, .tinybert) = loaded.model.head { true } else { false }
    return Job.Model(
      layers: configuration.layerCount, heads: configuration.headCount, relu: isReLU,
      weights: loaded.weights.layout.parameters.map { parameter in
        let bytes = loaded.weights[parameter].values().flatMap { value in
          (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(8 * $0)) }
        }
        return Job.Tensor(
          name: parameter.name, shape: parameter.shape, values: Data(bytes).base64EncodedString())
      })
  }

  /// The rows of each step, in the order in which a trainer takes them.
  private func steps(_ trainer: Trainer, _ examples: InMemoryExamples) -> [[Job.Row]] {
    (0..<trainer.schedule.totalSteps).map { step in
      trainer.order.places(ofStep: step).map { place in
        let example = examples[
          trainer.order.example(at: place, epoch: trainer.order.epoch(ofStep: step))]
        let target: Double =
          switch example.target {
          case .number(let number): Double(number)
          case .label(let label): Double(label)
          default: 0
          }
        return Job.Row(ids: example.sequence.ids, types: example.sequence.types, target: target)
      }
    }
  }

  private func layers(
    _ name: String, _ fields: [OptionField], _ flags: [(String, String)], pads: Bool,
    cutoff: Double?, schedule: String = "constant"
  ) throws -> Case {
    let options = try OptionValues(
      flags: (Self.usual + flags).map { (name: $0.0, text: $0.1) }, fields: fields)
    let teacher = try loaded(24, 4, .none, seed: 2)
    let student = try MatchedStudent(
      configuration(width: 16, layers: 2), head: .none, labels: [], from: nil,
      teacher: teacher.model.configuration, options: options, seed: 1)
    let examples = examples { _ in .none }
    let phase = try LayerPhase(
      teacher: teacher, student: student, examples: examples, limit: Self.limit,
      options: options, seed: 5, on: context)
    let trainer = try phase.trainer()
    return Case(
      name: name, trainer: trainer,
      job: Job(
        phase: "layers", student: model(student.loaded), teacher: model(teacher),
        steps: steps(trainer, examples), length: Self.limit, pads: pads, cutoff: cutoff,
        overClasses: false, gold: false, rate: options.real("learning_rate"), schedule: schedule,
        total: trainer.schedule.totalSteps))
  }

  private func prediction(
    _ name: String, _ flags: [(String, String)], task: any RowTask = ClassificationTask(),
    style: ClassifierStyle = .tinybert, overClasses: Bool, gold: Bool = false, schedule: String
  ) throws -> Case {
    let options = try OptionValues(
      flags: (Self.usual + flags).map { (name: $0.0, text: $0.1) }, fields: PredictionStage.fields)
    let isNumber = task.answersAreNumbers
    let head = Head.classification(labels: isNumber ? 1 : 3, style: style)
    let (teacher, student) = (
      try loaded(24, 4, head, seed: 2), try loaded(16, 2, head, seed: 1)
    )
    let examples = examples { isNumber ? .number(Float($0) / 3) : .label(Int32($0 % 3)) }
    let runner = TeacherRunner(teacher.model, weights: teacher.weights, on: context)
    let trainer = try PredictionPhase.trainer(
      student, for: task, logits: .live(runner), examples: examples, options: options,
      training: TrainingFields.optionsWithoutScores(options, seed: 5), on: context)
    return Case(
      name: name, trainer: trainer,
      job: Job(
        phase: "prediction", student: model(student), teacher: model(teacher),
        steps: steps(trainer, examples), length: Self.limit, pads: false, cutoff: nil,
        overClasses: overClasses, gold: gold, rate: options.real("learning_rate"),
        schedule: schedule, total: trainer.schedule.totalSteps))
  }

  private func cases() throws -> [Case] {
    [
      try layers(
        "general, preset", GeneralStage.fields, Self.preset + [("masked_min", "0")], pads: true,
        cutoff: -100, schedule: "warmup_linear"),
      try layers(
        "intermediate, preset", IntermediateStage.fields, Self.preset, pads: true, cutoff: -100),
      try prediction(
        "prediction, preset", Self.preset, overClasses: true, schedule: "warmup_linear"),
      try prediction(
        "prediction of numbers, preset", Self.preset, task: RegressionTask(), overClasses: true,
        gold: true, schedule: "warmup_linear"),
      // Of scores that are hidden by the mask alone both sides are 0, whether or not others are cut.
      try layers(
        "padding alone", IntermediateStage.fields, Self.plain + [("pad_to_max_length", "true")],
        pads: true, cutoff: -5000),
      // One step: scores near the cutoff may fall on either side in another precision.
      try layers(
        "the cutoff alone", IntermediateStage.fields,
        Self.plain + [("attention_cutoff", "-0.4")], pads: false,
        cutoff: -0.4),
      try prediction(
        "mean over classes alone", Self.plain + [("soft_ce_mean", "classes")], style: .hf,
        overClasses: true, schedule: "constant"),
      try prediction(
        "gold scores alone", Self.plain + [("gold_scores", "true")], task: RegressionTask(),
        style: .hf, overClasses: false, gold: true, schedule: "constant"),
    ]
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `twenty steps of every phase, and of switches alone, are those of the reference`() throws {
    try withTemporaryFolder { folder in
      let cases = try cases()
      let path = folder + "/jobs.json"
      try JSONEncoder().encode(cases.map(\.job)).write(to: URL(fileURLWithPath: path))
      _ = try PythonOracle.run("tinybert.py", [path])
      let results = try JSONDecoder().decode(
        [Result].self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/results.json")))
      #expect(results.count == cases.count)
      for (one, result) in zip(cases, results) {
        try expectGradients(of: one, result)
        let isCut = one.job.cutoff == -0.4
        for (step, terms) in result.losses.enumerated() {
          let taken = try #require(try one.trainer.step())
          if isCut, step > 0 { break }
          for (name, loss) in terms {
            let value = try #require(taken.terms[name], "\(one.name): \(name)")
            #expect(abs(value - loss) <= 1e-4 * abs(loss), "\(one.name), step \(step): \(name)")
          }
          let total = terms.values.reduce(0, +)
          #expect(abs(taken.terms.total - total) <= 1e-4 * abs(total), "\(one.name), \(step)")
        }
        if !isCut { try expectWeights(of: one, result) }
      }
    }
  }

  private func norm(_ values: [Float]) -> Double {
    values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  private func values(_ text: String?) throws -> [Float] {
    let encoded = try #require(text)
    let data = try #require(Data(base64Encoded: encoded))
    return stride(from: 0, to: data.count, by: 4).map { start in
      Float(
        bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[start + $1]) << UInt32(8 * $1) })
    }
  }

  private func expectWeights(of one: Case, _ result: Result) throws {
    let before = Dictionary(
      uniqueKeysWithValues: one.job.student.weights.map { ($0.name, $0.values) })
    for parameter in one.trainer.weights.layout.parameters {
      // No softmax depends on the keys' bias: without a loss of raw scores its gradient is what rounding
      // leaves, of which BertAdam makes whole steps.
      if one.job.phase != "layers", parameter.name.hasSuffix("key.bias") { continue }
      let ours = one.trainer.weights[parameter].values()
      let theirs = try values(result.weights[parameter.name])
      let difference = norm(zip(ours, theirs).map { $0 - $1 })
      #expect(
        difference <= 1e-4 * norm(theirs), "\(one.name), \(parameter.name): \(difference)")
      // And the way that they went.
      let start = try values(before[parameter.name])
      let way = norm(zip(theirs, start).map { $0 - $1 })
      if way < 1e-3 * norm(theirs) { continue }
      #expect(
        difference <= 2e-2 * way + 1e-5 * norm(theirs),
        "\(one.name), \(parameter.name): \(difference) of \(way)")
    }
  }

  private func expectGradients(of one: Case, _ result: Result) throws {
    let trainer = one.trainer
    let batches = MicroBatcher(maxTokens: 30, padding: trainer.options.padding).batches(
      one.job.steps[0].map { row in
        Example(
          sequence: TokenSequence(ids: row.ids, types: row.types),
          target: one.job.gold ? .number(Float(row.target)) : .none)
      }, indices: one.job.steps[0].indices.map { $0 }, firstPlace: 0)
    let totals = StepTotals(trainer.objective.denominators, of: batches)
    let gradients = ParameterSet(trainer.weights.layout)
    let arena = Arena()
    for batch in batches {
      arena.reset()
      let made = trainer.model.forward(
        batch.packed, trainer.weights, taps: trainer.objective.taps,
        mode: .training(DropoutStreams(seed: 1, epoch: 0)), on: context, in: arena)
      let seeds = made.makeTapGradients(in: arena)
      _ = try trainer.objective.evaluate(
        batch, student: made, tapGradients: seeds, weights: trainer.weights, gradients: gradients,
        totals: totals, on: context, in: arena)
      trainer.model.backward(
        made, seeds, trainer.weights, into: gradients, on: context, in: arena)
    }
    let all = norm(try result.gradients.values.flatMap { try values($0) })
    for parameter in trainer.optimizer.parameters {
      let (ours, theirs) = (
        gradients[parameter].values(), try values(result.gradients[parameter.name])
      )
      let difference = norm(zip(ours, theirs).map { $0 - $1 })
      #expect(
        difference <= 1e-4 * norm(theirs) + 1e-6 * all,
        "\(one.name), gradient of \(parameter.name): \(difference)")
    }
  }
}
