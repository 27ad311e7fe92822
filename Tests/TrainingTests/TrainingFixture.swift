import Foundation
import TestSupport

/// `Fixtures/training.json`: numbers of PyTorch, transformers, scikit-learn and scipy.
struct TrainingFixture: Decodable {
  struct Steps: Decodable {
    let after: [[String: [Double]]]
    let norms: [Double]?
  }

  struct Schedule: Decodable {
    let shape: String
    let warmup: Int
    let total: Int
    let factors: [Double]
  }

  struct Classification: Decodable {
    let predictions: [Int32]
    let labels: [Int32]
    let accuracy: Double
    let f1: Double?
    let matthews: Double
  }

  struct Correlation: Decodable {
    let x: [Double]
    let y: [Double]
    let pearson: Double
    let spearman: Double
    let ranks: [Double]
  }

  let start: [String: [Double]]
  let gradients: [[String: [Double]]]
  let rate: Double
  let decay: Double
  let adamwClipped: Steps
  let adamwFree: Steps
  let bertAdam: Steps
  let schedules: [Schedule]
  let classification: [Classification]
  let correlation: [Correlation]

  static func load() throws -> TrainingFixture {
    try JSONDecoder().decode(
      TrainingFixture.self, from: Data(try Fixtures.bytes("training.json")))
  }

  enum CodingKeys: String, CodingKey {
    case start, gradients, rate, decay, schedules, classification, correlation
    case adamwClipped = "adamw_clipped"
    case adamwFree = "adamw_free"
    case bertAdam = "bert_adam"
  }
}
