import Compute
import Foundation
import Interchange
import RandomStreams
import TestSupport
import Testing

@testable import Transformer

/// Full-size models, side by side with transformers; `DISTILL_TEST_MODEL` may name the folder of a
/// trained one.
@Suite(.enabled(if: PythonOracle.isAvailable), .serialized) struct FullSizeModelTests {
  static let trained = ProcessInfo.processInfo.environment["DISTILL_TEST_MODEL"]

  @Test(arguments: ["bert-base", "tinybert-4l-312"])
  func `a random model computes what transformers computes`(preset: String) throws {
    try compare(["--preset", preset])
  }

  @Test(.enabled(if: trained != nil))
  func `a trained model computes what transformers computes`() throws {
    try compare(["--folder", Self.trained ?? ""])
  }

  private func compare(_ source: [String]) throws {
    try withTemporaryFolder { folder in
      _ = try PythonOracle.run("bert_parity.py", [folder] + source)
      let file = try HuggingFaceModel(folder: "\(folder)/model")
      let configuration = file.configuration.model
      // The pooled output shows in the logits of a new classifier that passes it on.
      let model = try BertModel(
        configuration, head: .classification(labels: configuration.hiddenSize, style: .hf))
      let (weights, report) = try file.weights(
        for: model, newHead: .init(seed: 1, purpose: "initialization"))
      #expect(report.newlyInitialized == ["classifier.weight", "classifier.bias"])
      let classifier = weights[model.headParameters[0]]
      classifier.fill(0)
      for row in 0..<configuration.hiddenSize { classifier[row, row] = 1 }
      let stored = try SafetensorsFile(path: "\(folder)/expected.safetensors")
      var expected = try tapValues(stored)
      expected["logits"] = expected.removeValue(forKey: "pooled")
      let layers = configuration.layerCount
      let made = model.forward(
        try packedBatch(stored), weights,
        taps: .init(hidden: Set(0...layers), scores: Set(1...layers), logits: true),
        mode: .evaluation, on: ComputeContext(), in: Arena())
      for (tap, values) in made.named {
        let reference = try #require(expected[tap]).map(Double.init)
        let comparison = Comparison(values, reference, within: .forward)
        #expect(comparison.isClose, "\(tap): \(comparison)")
      }
      #expect(made.named.count == 2 * layers + 2)
    }
  }
}
