import Compute
import Distillation
import Foundation
import TestSupport
import Testing
import Training
import Transformer

/// `Fixtures/distillation.json`: losses and gradients that PyTorch computed in float64.
struct DistillationFixture: Decodable {
  struct Sequence: Decodable {
    let ids: [Int32]
    let types: [Int32]
    let label: Int32
  }

  struct Model: Decodable {
    let config: ModelConfiguration
    let weights: [String: Data]
  }

  struct Case: Decodable, CustomTestStringConvertible {
    let name: String
    let kind: String
    let teacher: String
    let sharing: String?
    let layerMap: String?
    let losses: [String]?
    let mismatch: String?
    let temperature: Double?
    let t2: Bool?
    let alpha: Double?
    let terms: [String: Double]
    let gradients: [String: Data]
    var testDescription: String { name }

    enum CodingKeys: String, CodingKey {
      case name, kind, teacher, sharing, losses, mismatch, temperature, t2, alpha, terms, gradients
      case layerMap = "layer_map"
    }
  }

  let labels: Int
  let sequences: [Sequence]
  let models: [String: Model]
  let projections: [String: [String: Data]]
  let cases: [Case]

  static func load() throws -> DistillationFixture {
    try JSONDecoder().decode(
      DistillationFixture.self, from: Data(try Fixtures.bytes("distillation.json")))
  }

  static let caseNames: [String] = (try? load().cases.map(\.name)) ?? []

  var examples: [Example] {
    sequences.map {
      Example(
        sequence: TokenSequence(ids: $0.ids, types: $0.types), target: Target(label: $0.label))
    }
  }

  func model(_ name: String) throws -> BertModel {
    let model = try #require(models[name])
    return try BertModel(model.config, head: .classification(labels: labels, style: .hf))
  }

  /// The named model's weights in a layout that may extend the model's.
  func weights(_ name: String, in layout: ParameterLayout, sharing: String = "none") throws
    -> ParameterSet
  {
    // Cut into three heads, the wide teacher's weights are the same.
    let source = try #require(models[name == "three_heads" ? "wide" : name]).weights
      .merging(projections[sharing] ?? [:]) { first, _ in first }
    let set = ParameterSet(layout)
    for parameter in layout.parameters {
      set[parameter].assign(floats(try #require(source[parameter.name], "\(parameter.name)")))
    }
    return set
  }

  func teacher(_ name: String, on context: ComputeContext) throws -> TeacherRunner {
    let model = try model(name)
    return TeacherRunner(model, weights: try weights(name, in: model.layout), on: context)
  }
}

extension Target {
  /// A class; a negative one stands for none.
  init(label: Int32) { self = label < 0 ? .none : .label(label) }
}

extension PredictionObjective {
  /// The objective of a classification.
  init(
    student: BertModel, teacher: TeacherLogits, temperature: Double = 1,
    scalesByTemperature: Bool = false, alpha: Double = 0
  ) throws {
    try self.init(
      student: student, teacher: teacher,
      answerLoss: SoftCrossEntropy(
        temperature: temperature, scalesByTemperature: scalesByTemperature),
      targetLoss: CrossEntropy(), alpha: alpha)
  }
}

/// Little-endian single precision.
func floats(_ data: Data) -> [Float] {
  stride(from: 0, to: data.count, by: 4).map { start in
    var bits: UInt32 = 0
    for byte in 0..<4 { bits |= UInt32(data[data.startIndex + start + byte]) << (8 * byte) }
    return Float(bitPattern: bits)
  }
}
