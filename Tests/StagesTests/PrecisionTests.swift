import Compute
import Distillation
import Foundation
import Interchange
import RandomStreams
import TestSupport
import Testing
import Text
import Training
import Transformer

@Suite struct PrecisionTests {
  static let data = ProcessInfo.processInfo.environment["DISTILL_QUICKSTART_DATA"]

  @Test(.enabled(if: data != nil && ComputeContext.obstacleToBF16 == nil))
  func `gradients in bf16 point where those in fp32 do, on a real batch`() throws {
    let data = try #require(Self.data)
    let examples = try realExamples(data, count: 32)
    let (terms, gradients) = try step(examples, teacher: data + "/encoder", precision: .fp32)
    let (rounded, others) = try step(examples, teacher: data + "/encoder", precision: .bf16)
    for (exact, near) in zip(terms.terms, rounded.terms) {
      #expect(abs(near.value / exact.value - 1) < 0.01, "\(exact.name)")
    }
    let whole = norm(gradients.values.values())
    for parameter in gradients.layout.parameters {
      let (a, b) = (gradients[parameter].values(), others[parameter].values())
      // What the loss does not depend on, such as the keys' biases, has rounding for a gradient.
      guard norm(a) > 1e-5 * whole else { continue }
      let product = zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      let cosine = product / (norm(a) * norm(b))
      #expect(cosine >= 0.999, "\(parameter.name): \(cosine)")
    }
  }

  @Test(.enabled(if: ComputeContext.obstacleToBF16 == nil))
  func `without bf16 in the processor auto takes fp32 and says so, bf16 ends with the cure`() throws
  {
    let world = try FinishedWorld.shared()
    let plain = ["DNNL_MAX_CPU_ISA": "AVX512_CORE"]
    let command = [
      "finetune", "--model", world.artifact("teacher"), "--dataset", world.artifact("rows"),
      "--max-steps", "1", "--output",
    ]
    try withTemporaryFolder { folder in
      let auto = try Program.run(
        Distill.path, command + ["auto.h5"], in: folder, variables: plain)
      #expect(auto.status == 0)
      #expect(auto.errors.contains("products in fp32: this processor has neither"))
      let demanded = try Program.run(
        Distill.path, command + ["bf16.h5", "--precision", "bf16"], in: folder, variables: plain)
      #expect(demanded.status == 69)
      #expect(demanded.errorLines.count == 1)
      #expect(demanded.errors.contains("use fp32"))
    }
  }

  /// Loss terms and gradients of a first step of general distillation.
  private func step(
    _ examples: [Example], teacher folder: String, precision: Precision
  ) throws -> (LossTerms, ParameterSet) {
    let context = ComputeContext(threads: 2, precision: precision)
    let source = try HuggingFaceModel(folder: folder)
    let teacher = try BertModel(source.configuration.model, head: .none)
    let (known, _) = try source.weights(for: teacher)
    var sizes = ModelConfiguration.tinybert3l312
    sizes.vocabularySize = source.configuration.model.vocabularySize
    let student = try BertModel(sizes, head: .none)
    var layout = student.layout
    let map = try LayerMap(
      .uniform, studentLayers: sizes.layerCount, teacherLayers: teacher.configuration.layerCount)
    let projection = try HiddenProjection.declare(
      .shared, states: map.hidden.map(\.student), student: sizes.hiddenSize,
      teacher: teacher.configuration.hiddenSize, in: &layout)
    let weights = ParameterSet(layout)
    weights.initialize(stdev: 0.02, stream: RandomStream(seed: 1, purpose: "precision"))
    let objective = try LayerObjective(
      student: student, teacher: TeacherRunner(teacher, weights: known, on: context), map: map,
      projection: projection)

    let batch = MicroBatcher(maxTokens: 1 << 20).batches(
      examples, indices: Array(examples.indices), firstPlace: 0)[0]
    let (arena, gradients) = (Arena(), ParameterSet(layout))
    let activations = student.forward(
      batch.packed, weights, taps: objective.taps,
      mode: .training(DropoutStreams(seed: 1, epoch: 0)), on: context, in: arena)
    let seeds = activations.makeTapGradients(in: arena)
    let terms = try objective.evaluate(
      batch, student: activations, tapGradients: seeds, weights: weights, gradients: gradients,
      totals: StepTotals(objective.denominators, of: [batch]), on: context, in: arena)
    student.backward(activations, seeds, weights, into: gradients, on: context, in: arena)
    return (terms, gradients)
  }

  private func realExamples(_ data: String, count: Int) throws -> [Example] {
    let tokenizer = try Tokenizer(folder: data + "/encoder")
    return try Disk.text(data + "/unlabelled.txt").split(separator: "\n").prefix(count).map {
      let encoding = tokenizer.encode(String($0), maxLength: 128)
      return Example(
        sequence: TokenSequence(ids: encoding.ids, types: encoding.types))
    }
  }

  private func norm(_ values: [Float]) -> Double {
    values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }
}
