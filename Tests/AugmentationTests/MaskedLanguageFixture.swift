import Compute
import Foundation
import TestSupport
import Text
import Transformer

@testable import Augmentation

/// A small random model, and what transformers' BertForMaskedLM in float64 says about a few sentences
/// (Tests/Oracles/augmentation_candidates.py).
struct MaskedLanguageFixture: Decodable {
  struct Case: Decodable {
    var text: String
    var context: String
    var share: Double
    var words: [String]
    var pieces: [[Int32]]
    var candidates: [[String]]
    var floored: [[String]]
  }
  var top: Int
  var floor: Double
  var vocabulary: [String]
  var configuration: ModelConfiguration
  var scale: Float
  var weights: [String: [Int]]
  var cases: [Case]

  static func load() throws -> MaskedLanguageFixture {
    let bytes = try Fixtures.bytes("augmentation/masked-candidates.json")
    return try JSONDecoder().decode(Self.self, from: Data(bytes))
  }

  func tokenizer() throws -> Tokenizer {
    try Tokenizer(tokens: vocabulary, settings: TokenizerSettings())
  }

  func weights(of model: BertModel) -> ParameterSet {
    let set = ParameterSet(model.layout)
    for parameter in model.layout.parameters {
      set[parameter].assign((weights[parameter.name] ?? []).map { Float($0) / scale })
    }
    return set
  }

  func source(
    _ context: MaskedContext, share: Double = 0, maxTokens: Int = 4096, threads: Int = 1,
    tokenizer: Tokenizer? = nil, floor: Double = 0
  ) throws -> MaskedLanguageCandidates {
    let model = try BertModel(configuration, head: .maskedLanguage)
    return try MaskedLanguageCandidates(
      model: model, weights: weights(of: model), tokenizer: tokenizer ?? self.tokenizer(),
      candidates: top, floor: floor, context: context, maskedShare: share, maxTokens: maxTokens,
      on: ComputeContext(threads: threads))
  }

  /// The cases of one setting, one per sentence.
  func cases(_ context: MaskedContext, share: Double = 0) -> [Case] {
    cases.filter { $0.context == context.rawValue && $0.share == share }
  }

  /// Every word of every sentence.
  func places(_ sentences: [SegmentedSentence]) -> [WordPlace] {
    sentences.enumerated().flatMap { index, sentence in
      sentence.words.indices.map { WordPlace(sentence: index, word: $0) }
    }
  }
}
