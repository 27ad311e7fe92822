import Compute
import Distillation
import Foundation
import Interchange
import RandomStreams
import Tasks
import TestSupport
import Testing
import Training
import Transformer

/// Training a head of single tokens, a classifier's or a vocabulary's, held to what transformers and
/// PyTorch make of the same job in float64.
@Suite struct TokenTrainingTests {
  private struct Job: Encodable {
    struct Example: Encodable {
      let ids: [Int32]
      let labels: [Int32]
    }
    var head = "TokenClassification"
    var student = ""
    var teacher = ""
    var examples: [Example] = []
    var temperature = 1.0
    var t2 = false
    /// Share of the known tags: 1 is fine-tuning.
    var alpha = 1.0
    var learningRate = 2e-3
    var epsilon = 1e-6
    var steps = 20
  }

  private let context = ComputeContext(threads: 2)

  private func model(
    _ family: ModelFamily, _ head: Head, width: Int, layers: Int
  ) throws -> BertModel {
    try BertModel(
      ModelConfiguration(
        family: family, vocabularySize: 40, embeddingSize: family == .electra ? 8 : nil,
        hiddenSize: width, layerCount: layers, headCount: 2, intermediateSize: 2 * width,
        maximumPositions: 24, hiddenDropout: 0, attentionDropout: 0),
      head: head)
  }

  private func weights(_ model: BertModel, seed: UInt64, folder: String) throws -> ParameterSet {
    let weights = ParameterSet(model.layout)
    weights.initialize(stdev: 0.3, stream: RandomStream(seed: seed, purpose: "token training"))
    let isTagger = model.head != .maskedLanguage
    try HuggingFaceModel.write(
      model, weights, labels: isTagger ? ["O", "B-a", "I-a", "B-b", "I-b"] : [], to: folder)
    return weights
  }

  /// Sentences of several lengths: special tokens and further pieces are not asked for, the tags of one
  /// are not known, and nothing is asked of another.
  private func examples(knowingAll: Bool) -> [Example] {
    var numbers = ArbitraryNumbers(5)
    return [9, 3, 14, 2, 6, 11].enumerated().map { row, length in
      let ids = (0..<length).map { _ in Int32(1 + numbers.below(39)) }
      let labels = (0..<length).map { place -> Int32 in
        let isAsked = place > 0 && place < length - 1 && numbers.below(4) > 0
        guard isAsked else { return ignoredLabel }
        return row == 4 && !knowingAll ? unknownLabel : Int32(numbers.below(5))
      }
      return Example(sequence: TokenSequence(ids: ids), target: .tokenLabels(labels))
    }
  }

  private func expectSame(
    _ job: Job, family: ModelFamily, head: Head = .tokenClassification(labels: 5), maxTokens: Int,
    _ objective: (BertModel, TeacherRunner) throws -> any Objective
  ) throws {
    try withTemporaryFolder { folder in
      let student = try model(family, head, width: 16, layers: 2)
      let teacher = try model(family, head, width: 24, layers: 2)
      let own = try weights(student, seed: 1, folder: folder + "/student")
      let other = try weights(teacher, seed: 2, folder: folder + "/teacher")
      let examples = examples(knowingAll: job.alpha == 1)
      var job = job
      job.student = folder + "/student"
      job.teacher = folder + "/teacher"
      job.examples = examples.map { example in
        guard case .tokenLabels(let labels) = example.target else {
          return .init(ids: [], labels: [])
        }
        return .init(ids: example.sequence.ids, labels: labels)
      }
      try JSONEncoder().encode(job).write(to: URL(fileURLWithPath: folder + "/job.json"))
      let losses = try JSONDecoder().decode(
        [Double].self,
        from: Data(try PythonOracle.run("token_training.py", [folder + "/job.json"]).utf8))

      let runner = TeacherRunner(teacher, weights: other, on: context)
      let objective = try objective(student, runner)
      try expectGradients(
        of: objective, examples, student, own, maxTokens: maxTokens, folder + "/gradient")

      var options = TrainingOptions()
      options.perDeviceTrainBatchSize = examples.count
      options.maxSteps = job.steps
      options.learningRate = job.learningRate
      options.lrSchedulerType = .constant
      options.warmupRatio = 0
      options.maxTokens = maxTokens
      options.optimizer = OptimizerOptions(
        .adamW, epsilon: job.epsilon, weightDecay: 0.01, clipping: .global(1))
      let trainer = try Trainer(
        student, weights: own, objective: objective, source: InMemoryExamples(examples),
        options: options, on: context)
      for (step, loss) in losses.enumerated() {
        let report = try #require(try trainer.step())
        #expect(abs(report.terms.total - loss) <= 2e-5 * loss, "step \(step)")
      }
      let (trained, _) = try HuggingFaceModel(folder: folder + "/trained").weights(for: student)
      for parameter in student.layout.parameters
      // Of which the gradient is zero but for rounding, which Adam makes steps of.
      where !parameter.name.hasSuffix("self.key.bias") {
        let comparison = Comparison(
          trainer.weights[parameter].values(), trained[parameter].values().map { Double($0) },
          within: Tolerance(absolute: 1e-4, relative: 1e-4))
        #expect(comparison.isClose, "\(parameter.name): \(comparison)")
      }
    }
  }

  private func expectGradients(
    of objective: any Objective, _ examples: [Example], _ model: BertModel, _ weights: ParameterSet,
    maxTokens: Int, _ folder: String
  ) throws {
    let batches = MicroBatcher(maxTokens: maxTokens).batches(
      examples, indices: Array(examples.indices), firstPlace: 0)
    let totals = StepTotals(objective.denominators, of: batches)
    let gradients = ParameterSet(model.layout)
    let arena = Arena()
    for batch in batches {
      arena.reset()
      let made = model.forward(
        batch.packed, weights, taps: objective.taps,
        mode: .training(DropoutStreams(seed: 1, epoch: 0)), on: context, in: arena)
      let seeds = made.makeTapGradients(in: arena)
      _ = try objective.evaluate(
        batch, student: made, tapGradients: seeds, weights: weights, gradients: gradients,
        totals: totals, on: context, in: arena)
      model.backward(made, seeds, weights, into: gradients, on: context, in: arena)
    }
    let (expected, _) = try HuggingFaceModel(folder: folder).weights(for: model)
    func norm(_ values: [Float]) -> Double {
      values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    let all = norm(expected.values.values())
    for parameter in model.layout.parameters {
      let (ours, theirs) = (gradients[parameter].values(), expected[parameter].values())
      let difference = norm(zip(ours, theirs).map { $0 - $1 })
      #expect(difference <= 1e-4 * norm(theirs) + 1e-6 * all, "\(parameter.name): \(difference)")
    }
  }

  @Test(.enabled(if: PythonOracle.isAvailable), arguments: ModelFamily.all, [1 << 20, 12])
  func `losses, gradients and twenty steps of fine-tuning are transformers'`(
    family: ModelFamily, maxTokens: Int
  ) throws {
    try expectSame(Job(), family: family, maxTokens: maxTokens) { _, _ in
      TargetObjective(TokenClassificationTask().targetLoss)
    }
  }

  @Test(.enabled(if: PythonOracle.isAvailable), arguments: ModelFamily.all, [0, 0.3])
  func `losses, gradients and twenty steps with a teacher's answers are PyTorch's`(
    family: ModelFamily, alpha: Double
  ) throws {
    var job = Job()
    (job.temperature, job.t2, job.alpha) = (2, true, alpha)
    let task = TokenClassificationTask()
    try expectSame(job, family: family, maxTokens: 12) { student, teacher in
      try PredictionObjective(
        student: student, teacher: .live(teacher),
        answerLoss: task.answerLoss(temperature: 2, scalesByTemperature: true),
        targetLoss: task.targetLoss, alpha: alpha)
    }
  }

  @Test(.enabled(if: PythonOracle.isAvailable), arguments: ModelFamily.all, [0, 0.3, 1])
  func `the words of a vocabulary are learnt as PyTorch learns them, with a teacher and without`(
    family: ModelFamily, alpha: Double
  ) throws {
    var job = Job()
    (job.head, job.temperature, job.t2, job.alpha) = ("MaskedLM", 2, true, alpha)
    let task = MaskedLanguageTask()
    try expectSame(job, family: family, head: .maskedLanguage, maxTokens: 12) { student, teacher in
      if alpha == 1 { return TargetObjective(task.targetLoss) }
      return try PredictionObjective(
        student: student, teacher: .live(teacher),
        answerLoss: task.answerLoss(temperature: 2, scalesByTemperature: true),
        targetLoss: task.targetLoss, alpha: alpha)
    }
  }
}
