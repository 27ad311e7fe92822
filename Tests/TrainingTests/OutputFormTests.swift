import Compute
import Foundation
import RandomStreams
import TestSupport
import Testing
import Training
import Transformer

@Suite struct OutputFormTests {
  private let context = ComputeContext(threads: 2)

  private func model() throws -> (BertModel, ParameterSet) {
    let model = try BertModel(
      ModelConfiguration(
        vocabularySize: 33, hiddenSize: 16, layerCount: 1, headCount: 2, intermediateSize: 32,
        maximumPositions: 12), head: .maskedLanguage)
    let weights = ParameterSet(model.layout)
    weights.initialize(stdev: 0.5, stream: RandomStream(seed: 4, purpose: "weights"))
    return (model, weights)
  }

  /// Sequences of which some tokens are asked for, of one nothing, and once a token that nobody knows.
  private var examples: InMemoryExamples {
    var numbers = ArbitraryNumbers(2)
    return InMemoryExamples(
      [5, 9, 2, 12].enumerated().map { number, length in
        let ids = (0..<length).map { _ in Int32(numbers.below(33)) }
        let labels = ids.indices.map { place -> Int32 in
          guard number != 2, numbers.below(2) == 0 else { return ignoredLabel }
          return number == 3 && place == 11 ? unknownLabel : Int32(numbers.below(33))
        }
        return Example(sequence: TokenSequence(ids: ids), target: .tokenLabels(labels))
      })
  }

  @Test(arguments: [4096, 9]) func `loss and answer are those of the logits`(maxTokens: Int) throws
  {
    let (model, weights) = try model()
    let examples = examples
    let predictor = Predictor(model, weights: weights, maxTokens: maxTokens, on: context)
    let logits = try #require(try predictor.outputs(of: examples))
    let kept = try #require(try predictor.outputs(of: examples, as: .lossAndAnswer))
    #expect(logits.columns == 33 && kept.columns == 2 && kept.starts == logits.starts)
    let greatest = logits.greatest
    var row = 0
    for index in 0..<examples.count {
      guard case .tokenLabels(let labels) = examples.targets[index] else { continue }
      for label in labels where label != ignoredLabel {
        let values = logits.values[row * 33..<(row + 1) * 33].map { Double($0) }
        let sum = values.reduce(0) { $0 + exp($1) }
        let loss = label < 0 ? 0 : log(sum) - values[Int(label)]
        #expect(abs(Double(kept.values[2 * row]) - loss) < 1e-5)
        #expect(kept.values[2 * row + 1] == Float(greatest[row]))
        row += 1
      }
    }
    #expect(row == kept.values.count / 2 && row > 5)
  }

  @Test func `logits that are not finite are told whatever is kept of them`() throws {
    let (model, weights) = try model()
    let bias = try #require(model.layout["cls.predictions.bias"])
    for value in [Float.nan, .infinity, -.infinity] {
      weights[bias].assign((0..<33).map { $0 == 20 ? value : 0 })
      let predictor = Predictor(model, weights: weights, on: context)
      #expect(throws: TrainingError.self) {
        try predictor.outputs(of: examples, as: .lossAndAnswer)
      }
    }
  }
}
