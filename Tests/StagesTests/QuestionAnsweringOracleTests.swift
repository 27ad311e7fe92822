import Compute
import Distillation
import TestSupport
import Testing
import Transformer

@testable import Interchange
@testable import Training

/// Question answering held to transformers on small random models.
@Suite(.enabled(if: PythonOracle.isAvailable)) struct QuestionAnsweringOracleTests {
  let context = ComputeContext(threads: 2)

  /// What `Tests/Oracles/question_answering.py` made.
  private struct Oracle {
    let student: BertModel
    let weights: ParameterSet
    let teacher: BertModel
    let teacherWeights: ParameterSet
    let expected: SafetensorsFile
    let examples: [Example]

    init(_ family: ModelFamily, in folder: String) throws {
      _ = try PythonOracle.run("question_answering.py", [folder, family.name])
      func load(_ name: String) throws -> (BertModel, ParameterSet) {
        let files = try HuggingFaceModel(folder: "\(folder)/\(name)")
        #expect(files.head == .questionAnswering)
        let model = try BertModel(files.configuration.model, head: files.head)
        return (model, try files.weights(for: model).weights)
      }
      (student, weights) = try load("student")
      (teacher, teacherWeights) = try load("teacher")
      let expected = try SafetensorsFile(path: "\(folder)/expected.safetensors")
      self.expected = expected
      func integers(_ name: String) throws -> [Int32] {
        try expected.floats("batch/" + name).map { Int32($0) }
      }
      let (ids, types, spans) = (try integers("ids"), try integers("types"), try integers("spans"))
      var start = 0
      examples = try integers("lengths").enumerated().map { index, length in
        defer { start += Int(length) }
        let range = start..<start + Int(length)
        return Example(
          sequence: TokenSequence(ids: Array(ids[range]), types: Array(types[range])),
          target: .span(first: spans[2 * index], last: spans[2 * index + 1]))
      }
    }

    /// The oracle's tensor of a parameter.
    func values(_ prefix: String, _ parameter: Parameter) throws -> [Double] {
      let names = FamilyFormat.of(student.configuration.family).tensors
      return try expected.floats("\(prefix)/\(names.tensor(for: parameter.name))").map(Double.init)
    }
  }

  private func expectGradients(_ oracle: Oracle, _ prefix: String, _ gradients: ParameterSet) throws
  {
    let all = try oracle.student.layout.parameters.flatMap { try oracle.values(prefix, $0) }
    let whole = all.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(whole > 0.1)
    for parameter in oracle.student.layout.parameters {
      let reference = try oracle.values(prefix, parameter)
      let own = gradients[parameter].values().map(Double.init)
      let error = zip(own, reference).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      let size = reference.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(error <= 1e-4 * size + 1e-6 * whole, "\(parameter.name): \(error) of \(size)")
    }
  }

  /// A step's loss and gradients, without clipping.
  private func sweep(
    _ oracle: Oracle, _ objective: any Objective, maxTokens: Int
  ) throws -> (terms: LossTerms, gradients: ParameterSet) {
    let weights = ParameterSet(oracle.student.layout)
    weights.values.assign(from: oracle.weights.values)
    var options = TrainingOptions()
    options.perDeviceTrainBatchSize = oracle.examples.count
    options.maxSteps = 1
    options.learningRate = 0
    options.loggingSteps = 1
    options.maxTokens = maxTokens
    options.optimizer.clipping = .none
    let trainer = try Trainer(
      oracle.student, weights: weights, objective: objective,
      source: InMemoryExamples(oracle.examples), options: options, on: context)
    var terms = LossTerms()
    _ = try trainer.run(events: { if case .step(let report) = $0 { terms = report.terms } })
    return (terms, trainer.gradients)
  }

  @Test(arguments: ModelFamily.all)
  func `logits, losses, every gradient and 20 steps are those of transformers`(
    family: ModelFamily
  ) throws {
    try withTemporaryFolder { folder in
      let oracle = try Oracle(family, in: folder)
      let outputs = try #require(
        try Predictor(oracle.student, weights: oracle.weights, on: context)
          .outputs(of: InMemoryExamples(oracle.examples)))
      for example in oracle.examples.indices {
        let comparison = Comparison(
          Array(outputs.rows[example]),
          try oracle.expected.floats("logits/\(example)").map(Double.init), within: .forward)
        #expect(comparison.isClose, "\(comparison)")
      }
      let teacher = TeacherRunner(oracle.teacher, weights: oracle.teacherWeights, on: context)
      let objectives: [(String, [String], any Objective)] = [
        ("finetune", ["finetune"], TargetObjective(SpanCrossEntropy())),
        (
          "prediction", ["prediction", "span"],
          try PredictionObjective(
            student: oracle.student, teacher: .live(teacher),
            answerLoss: SpanSoftCrossEntropy(temperature: 2, scalesByTemperature: true),
            targetLoss: SpanCrossEntropy(), alpha: 0.3)
        ),
      ]
      for (prefix, terms, objective) in objectives {
        for maxTokens in [1000, 20] {
          let (made, gradients) = try sweep(oracle, objective, maxTokens: maxTokens)
          for term in terms {
            let expected = Double(try oracle.expected.floats("terms/\(term)")[0])
            let value = made[term == "finetune" ? "span" : term] ?? .nan
            #expect(abs(value - expected) <= 1e-5 * abs(expected), "\(term): \(value), \(expected)")
          }
          try expectGradients(oracle, prefix, gradients)
        }
      }

      var options = TrainingOptions()
      options.perDeviceTrainBatchSize = oracle.examples.count
      options.maxSteps = 20
      options.learningRate = 1e-3
      options.warmupRatio = 0
      options.optimizer = OptimizerOptions(.adamW, weightDecay: 0.01, clipping: .global(1))
      let trainer = try Trainer(
        oracle.student, weights: oracle.weights, objective: TargetObjective(SpanCrossEntropy()),
        source: InMemoryExamples(oracle.examples), options: options, on: context)
      _ = try trainer.run()
      for parameter in oracle.student.layout.parameters
      // Softmax does not see what is added to all keys, to all logits, or to the states of all tokens: the
      // gradients are rounding.
      where !parameter.name.hasSuffix("key.bias") && parameter.name != "qa_outputs.bias"
        && !parameter.name.hasSuffix("layer.1.output.LayerNorm.bias")
      {
        let comparison = Comparison(
          trainer.weights[parameter].values(), try oracle.values("after", parameter),
          within: Tolerance(absolute: 2e-4, relative: 1e-4))
        #expect(comparison.isClose, "\(parameter.name): \(comparison)")
      }
    }
  }

  @Test func `cached logits of a teacher give the same bits as the teacher itself`() throws {
    try withTemporaryFolder { folder in
      let oracle = try Oracle(.bert, in: folder)
      let runner = TeacherRunner(oracle.teacher, weights: oracle.teacherWeights, on: context)
      let said = try #require(
        try Predictor(oracle.teacher, weights: oracle.teacherWeights, on: context)
          .outputs(of: InMemoryExamples(oracle.examples)))
      let results = try [TeacherLogits.live(runner), said.asTeacher].map { logits in
        try sweep(
          oracle,
          PredictionObjective(
            student: oracle.student, teacher: logits,
            answerLoss: SpanSoftCrossEntropy(temperature: 1), targetLoss: SpanCrossEntropy()),
          maxTokens: 24)
      }
      #expect(results[0].terms == results[1].terms)
      #expect(results[0].gradients.values.values() == results[1].gradients.values.values())
      let starts = InMemoryExamples(oracle.examples).outputStarts(of: oracle.teacher)
      #expect(starts == said.starts)
    }
  }
}
