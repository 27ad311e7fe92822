import Distillation
import Foundation
import TestSupport
import Training

/// `Fixtures/layer-losses.json`: other forms of the losses, which PyTorch computed in float64 on the models
/// and texts of `DistillationFixture`.
struct LayerLossFixture: Decodable {
  struct Case: Decodable {
    let name: String
    let teacher: String
    let sharing: String
    let losses: [String]
    let hidden: String
    let attention: String
    let heads: Int
    let layer: [Int]
    let weights: [String: [Double]]
    let terms: [String: Double]?
    let gradients: [String: Data]?
    /// Of a training: learning rate, and the terms of each step.
    let rate: Double?
    let steps: [[String: Double]]?
  }

  struct Prediction: Decodable {
    let name: String
    let form: String
    let temperature: Double
    let t2: Bool
    let alpha: Double
    let weights: [String: [Double]]
    let terms: [String: Double]
    let gradients: [String: Data]
  }

  let cases: [Case]
  let predictions: [Prediction]
  let training: Case

  static func load() throws -> LayerLossFixture {
    try JSONDecoder().decode(
      LayerLossFixture.self, from: Data(try Fixtures.bytes("layer-losses.json")))
  }

  static let caseNames = (try? load().cases.map(\.name)) ?? []
  static let predictionNames = (try? load().predictions.map(\.name)) ?? []
}

extension LossWeights {
  /// Courses as the fixture has them: first and last.
  init(_ ends: [String: [Double]]) {
    self.init(ends.mapValues { Course(first: $0[0], last: $0[1]) })
  }
}
