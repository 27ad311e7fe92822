import Foundation
import Testing

@testable import Transformer

@Suite struct ModelConfigurationTests {
  static let faults: [(String, @Sendable (inout ModelConfiguration) -> Void)] = [
    ("vocab_size is 0", { $0.vocabularySize = 0 }),
    ("hidden_size is -4", { $0.hiddenSize = -4 }),
    ("num_hidden_layers is 0", { $0.layerCount = 0 }),
    ("num_hidden_layers is 9223372036854775807", { $0.layerCount = .max }),
    ("hidden_size 312 is not a multiple of num_attention_heads 7", { $0.headCount = 7 }),
    ("num_attention_heads is 0", { $0.headCount = 0 }),
    ("intermediate_size is 0", { $0.intermediateSize = 0 }),
    ("max_position_embeddings is 0", { $0.maximumPositions = 0 }),
    ("type_vocab_size is 0", { $0.typeVocabularySize = 0 }),
    ("hidden_act \"quick_gelu\" is not supported", { $0.hiddenActivation = "quick_gelu" }),
    ("hidden_dropout_prob is 1.0", { $0.hiddenDropout = 1 }),
    ("attention_probs_dropout_prob is nan", { $0.attentionDropout = .nan }),
    ("classifier_dropout is -0.1", { $0.classifierDropout = -0.1 }),
    ("embedding_size is 128, but bert", { $0.embeddingSize = 128 }),
    ("layer_norm_eps is 0.0", { $0.layerNormEpsilon = 0 }),
    ("initializer_range is inf", { $0.initializerRange = .infinity }),
    (
      "position_embedding_type \"relative_key\" is not supported",
      { $0.positionEmbeddingType = "relative_key" }
    ),
    (
      "more than 17179869184 parameters",
      {
        $0.hiddenSize = 1 << 16
        $0.headCount = 1 << 10
        $0.layerCount = 1024
        $0.intermediateSize = 1 << 20
      }
    ),
  ]

  @Test(arguments: faults.indices)
  func `a value no model can have is refused by its key`(index: Int) {
    let (text, change) = Self.faults[index]
    var configuration = ModelConfiguration.tinybert4l312
    change(&configuration)
    let error = #expect(throws: ModelError.self) {
      try BertModel(configuration, head: .none)
    }
    #expect(error?.description.contains(text) == true, "\(error?.description ?? "no error")")
    #expect(error?.description.contains("\n") == false)
  }

  @Test func `all faults come in one error`() {
    var configuration = ModelConfiguration.tinybert4l312
    configuration.headCount = 7
    configuration.hiddenActivation = "mish"
    let error = #expect(throws: ModelError.self) { try configuration.validate() }
    #expect(error?.description.contains("num_attention_heads") == true)
    #expect(error?.description.contains("mish") == true)
  }

  @Test(arguments: [0, -1, Int.max])
  func `a classifier of impossible width is refused`(labels: Int) {
    #expect(throws: ModelError.self) {
      try BertModel(.tinybert4l312, head: .classification(labels: labels, style: .hf))
    }
  }

  @Test func `the published TinyBERT file is read, its unknown keys ignored`() throws {
    let text = """
      {"attention_probs_dropout_prob": 0.1, "cell": {}, "emb_size": 312, "hidden_act": "gelu",
       "hidden_dropout_prob": 0.1, "hidden_size": 312, "initializer_range": 0.02,
       "intermediate_size": 1200, "max_position_embeddings": 512, "num_attention_heads": 12,
       "num_hidden_layers": 4, "pre_trained": "", "structure": [], "type_vocab_size": 2,
       "vocab_size": 30522}
      """
    let read = try JSONDecoder().decode(ModelConfiguration.self, from: Data(text.utf8))
    #expect(read == .tinybert4l312)
  }

  @Test(arguments: ModelFamily.all)
  func `encoding and decoding give the same configuration`(family: ModelFamily) throws {
    var configuration = ModelConfiguration.minilm6l384
    configuration.classifierDropout = 0.2
    configuration.hiddenActivation = "relu"
    configuration.family = family
    if family.hasEmbeddingProjection { configuration.embeddingSize = 128 }
    let data = try JSONEncoder().encode(configuration)
    #expect(try JSONDecoder().decode(ModelConfiguration.self, from: data) == configuration)
  }
}

extension ModelConfigurationTests {
  @Test func `what is stored of a BERT model has these keys and no other`() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(ModelConfiguration.tinybert4l312), as: UTF8.self)
    #expect(
      text == #"{"attention_probs_dropout_prob":0.1,"hidden_act":"gelu","#
        + #""hidden_dropout_prob":0.1,"hidden_size":312,"initializer_range":0.02,"#
        + #""intermediate_size":1200,"layer_norm_eps":1e-12,"max_position_embeddings":512,"#
        + #""num_attention_heads":12,"num_hidden_layers":4,"pad_token_id":0,"#
        + #""position_embedding_type":"absolute","type_vocab_size":2,"vocab_size":30522}"#)
  }

  @Test(arguments: [
    (#""model_type": "t5""#, "model_type"), (#""hidden_size": "8""#, "hidden_size"), ("", "layers"),
  ])
  func `a stored value that cannot be used is an error at its key`(member: String, key: String) {
    let text = "{\(member.isEmpty ? "" : member + ",")\"vocab_size\": 9, \"hidden_size\": 8}"
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ModelConfiguration.self, from: Data(text.utf8))
    }
    #expect("\(error as Any)".contains(key))
  }
}

@Suite struct BatchValidationTests {
  @Test(arguments: [
    ([1, 50], [0, 0], "token id 50"), ([-1], [0], "token id -1"),
    ([1, 2], [0, 2], "token type 2"),
    ([Int32](repeating: 1, count: 17), [Int32](repeating: 0, count: 17), "17 tokens"),
  ])
  func `a row without an embedding is named`(ids: [Int32], types: [Int32], text: String) throws {
    let fixture = try ModelFixture("hf")
    let batch = PackedBatch([TokenSequence(ids: ids, types: types)], places: [0])
    let error = #expect(throws: ModelError.self) { try fixture.model.validate(batch) }
    #expect(error?.description.contains(text) == true, "\(error?.description ?? "no error")")
    try fixture.model.validate(fixture.batch)
  }
}
