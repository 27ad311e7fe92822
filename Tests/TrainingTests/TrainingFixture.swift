import Foundation
import TestSupport

/// `Fixtures/training.json`: numbers of PyTorch and transformers.
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

  let start: [String: [Double]]
  let gradients: [[String: [Double]]]
  let rate: Double
  let decay: Double
  let adamwClipped: Steps
  let adamwFree: Steps
  let bertAdam: Steps
  let schedules: [Schedule]

  static func load() throws -> TrainingFixture {
    try JSONDecoder().decode(
      TrainingFixture.self, from: Data(try Fixtures.bytes("training.json")))
  }

  enum CodingKeys: String, CodingKey {
    case start, gradients, rate, decay, schedules
    case adamwClipped = "adamw_clipped"
    case adamwFree = "adamw_free"
    case bertAdam = "bert_adam"
  }
}
