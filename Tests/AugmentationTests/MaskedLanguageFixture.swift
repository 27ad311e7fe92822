import Compute
import Foundation
import Text
import Transformer

@testable import Augmentation

/// A small random model, and what transformers' BertForMaskedLM in float64 says about a few sentences
/// (Tests/Oracles/augmentation_candidates.py).
struct MaskedLanguageFixture: Decodable {
  struct Case: Decodable {
    var text: String
    var context: String
    var words: [String]
    var pieces: [[Int32]]
    var candidates: [[String]]
  }
  var top: Int
  var vocabulary: [String]
  var configuration: ModelConfiguration
  var scale: Float
  var weights: [String: [Int]]
  var cases: [Case]

  static func load() throws -> MaskedLanguageFixture {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../Fixtures/augmentation/masked-candidates.json")
    return try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
  }

  func tokenizer() throws -> Tokenizer {
    try Tokenizer(tokens: vocabulary, settings: TokenizerSettings())
  }

  func source(
    _ context: MaskedContext, maxTokens: Int = 4096, threads: Int = 1
  ) throws -> MaskedLanguageCandidates {
    let model = try BertModel(configuration, head: .maskedLanguage)
    let set = ParameterSet(model.layout)
    for parameter in model.layout.parameters {
      set[parameter].assign((weights[parameter.name] ?? []).map { Float($0) / scale })
    }
    return try MaskedLanguageCandidates(
      model: model, weights: set, tokenizer: tokenizer(), candidates: top, context: context,
      maxTokens: maxTokens, on: ComputeContext(threads: threads))
  }

  /// Every word of every sentence.
  func places(_ sentences: [SegmentedSentence]) -> [WordPlace] {
    sentences.enumerated().flatMap { index, sentence in
      sentence.words.indices.map { WordPlace(sentence: index, word: $0) }
    }
  }
}
