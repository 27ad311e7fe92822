import Files
import Testing
import Transformer

@testable import Interchange

@Suite struct HuggingFaceConfigurationTests {
  private func read(_ extra: String, without key: String = "") throws -> HuggingFaceConfiguration {
    let sizes = [
      ("vocab_size", 11), ("hidden_size", 8), ("num_hidden_layers", 1), ("num_attention_heads", 2),
      ("intermediate_size", 12), ("max_position_embeddings", 6),
    ]
    let text = sizes.filter { $0.0 != key && !extra.contains("\"\($0.0)\"") }
      .map { "\"\($0.0)\": \($0.1)" }
    let parts = text + (extra.isEmpty ? [] : [extra])
    let json = "{" + parts.joined(separator: ", ") + "}"
    return try HuggingFaceConfiguration(
      try StrictJSON.parse(Array(json.utf8), path: "config.json"), path: "config.json")
  }

  @Test func `what is absent has Hugging Face's default, and no model type means BERT`() throws {
    let read = try read("\"cell\": {}, \"pre_trained\": \"\", \"bos_token_id\": null")
    #expect(read.model == SmallFolder.configuration)
    #expect(read.labels.isEmpty && read.problemType == nil && read.architectures.isEmpty)
  }

  @Test func `labels, problem type and rates are read`() throws {
    let read = try read(
      """
      "model_type": "bert", "id2label": {"1": "neg", "0": "pos"}, "num_labels": 2,
      "label2id": {"neg": 1, "pos": 0}, "problem_type": "regression", "layer_norm_eps": 1e-5,
      "architectures": ["BertForSequenceClassification"], "classifier_dropout": 0.3,
      "hidden_dropout_prob": 0, "hidden_act": "relu"
      """)
    #expect(read.labels == ["pos", "neg"])
    #expect(read.problemType == .regression)
    #expect(read.architectures == ["BertForSequenceClassification"])
    #expect(read.model.layerNormEpsilon == 1e-5 && read.model.classifierDropout == 0.3)
    #expect(read.model.hiddenDropout == 0 && read.model.hiddenActivation == "relu")
  }

  @Test func `a number of labels alone names them as Hugging Face does`() throws {
    #expect(try read("\"num_labels\": 3").labels == ["LABEL_0", "LABEL_1", "LABEL_2"])
  }

  @Test(arguments: [
    ("\"model_type\": \"roberta\"", "model_type is \"roberta\""),
    ("\"is_decoder\": true", "is_decoder is true"),
    ("\"hidden_size\": \"8\"", "hidden_size is a string, expected an integer"),
    ("\"hidden_size\": 8.5", "hidden_size is a number, expected an integer"),
    ("\"hidden_size\": null", "hidden_size is missing"),
    ("\"hidden_size\": 1e30", "hidden_size is a number"),
    ("\"num_hidden_layers\": -1", "num_hidden_layers is -1"),
    ("\"num_attention_heads\": 3", "not a multiple of num_attention_heads 3"),
    ("\"hidden_act\": \"swish\"", "hidden_act \"swish\" is not supported"),
    ("\"position_embedding_type\": \"relative_key\"", "position_embedding_type"),
    ("\"id2label\": [\"a\"]", "id2label is an array"),
    ("\"id2label\": {\"0\": \"a\", \"2\": \"b\"}", "each number from 0"),
    ("\"id2label\": {\"0\": \"a\", \"1\": \"a\"}", "one name to two classes"),
    ("\"id2label\": {\"0\": \"a\", \"1\": 7}", "each number from 0"),
    ("\"id2label\": {\"0\": \"a\"}, \"num_labels\": 2", "num_labels is 2, but id2label has 1"),
    ("\"id2label\": {\"0\": \"a\"}, \"label2id\": {\"a\": 1}", "not the inverse"),
    ("\"num_labels\": 99999999999", "num_labels is 99999999999"),
    ("\"problem_type\": \"ranking\"", "problem_type is \"ranking\""),
  ])
  func `a value that cannot be used is refused by its key`(extra: String, text: String) {
    let message = failure { _ = try read(extra) }
    #expect(message.contains(text) && message.hasPrefix("config.json: "), "\(message)")
  }

  @Test func `what is written is read back`() throws {
    var model = SmallFolder.configuration
    model.classifierDropout = 0.25
    model.layerNormEpsilon = 1e-7
    let written = HuggingFaceConfiguration(
      model: model, labels: ["no", "yes"], problemType: .singleLabelClassification,
      architectures: ["BertForSequenceClassification"])
    let bytes = try written.json.encoded()
    let read = try HuggingFaceConfiguration(
      try StrictJSON.parse(bytes, path: "config.json"), path: "config.json")
    #expect(read == written)
  }
}
