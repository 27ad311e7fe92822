import Files
import Foundation
import TestSupport
import Testing
import Transformer

@testable import Interchange

@Suite struct HuggingFaceConfigurationTests {
  private func read(_ extra: String, without key: String = "") throws -> HuggingFaceConfiguration {
    let sizes = [
      ("vocab_size", 11), ("hidden_size", 8), ("num_hidden_layers", 1), ("num_attention_heads", 2),
      ("intermediate_size", 12), ("max_position_embeddings", 6),
    ]
    let hasOwnSizes = extra.contains("\"dim\"")
    let text = sizes.filter { $0.0 != key && !extra.contains("\"\($0.0)\"") }
      .filter { !hasOwnSizes || ["vocab_size", "max_position_embeddings"].contains($0.0) }
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
    (
      "\"architectures\": [\"RobertaForSequenceClassification\"]",
      "architectures names RobertaForSequenceClassification, which is no class of bert"
    ),
    ("\"is_decoder\": true", "is_decoder is true"),
    ("\"hidden_size\": \"8\"", "hidden_size is a string, expected an integer"),
    ("\"hidden_size\": 8.5", "hidden_size is a number, expected an integer"),
    ("\"hidden_size\": null", "hidden_size is missing"),
    ("\"hidden_size\": 1e30", "hidden_size is a number"),
    ("\"num_hidden_layers\": -1", "num_hidden_layers is -1"),
    ("\"num_attention_heads\": 3", "not a multiple of num_attention_heads 3"),
    (
      "\"hidden_act\": \"mish\"",
      "hidden_act \"mish\" is not supported (supported: gelu, gelu_python, gelu_new, gelu_fast, "
        + "gelu_accurate, gelu_pytorch_tanh, gelu_python_tanh, relu, silu, swish)"
    ),
    ("\"position_embedding_type\": \"relative_key\"", "position_embedding_type"),
    ("\"problem_type\": \"ranking\"", "problem_type is \"ranking\""),
  ])
  func `a value that cannot be used is refused by its key`(extra: String, text: String) {
    let message = failure { _ = try read(extra) }
    #expect(message.contains(text) && message.hasPrefix("config.json: "), "\(message)")
  }

  @Test(arguments: [
    ("\"id2label\": [\"a\"]", "id2label is an array"),
    ("\"id2label\": {\"0\": \"a\", \"2\": \"b\"}", "each number from 0, none to 1"),
    (
      "\"num_labels\": 3, \"id2label\": {\"0\": \"a\", \"2\": \"b\"}",
      "each number from 0, none to 1; correct it, or name the outputs in order (--labels of predict"
    ),
    ("\"id2label\": {\"1\": \"a\", \"2\": \"b\"}", "each number from 0, none to 0"),
    ("\"id2label\": {\"0\": \"a\", \"1\": \"a\"}", "one name to two classes"),
    ("\"id2label\": {\"0\": \"a\", \"1\": 0.5}", "each number from 0"),
    ("\"id2label\": {\"0\": \"a\", \"1\": \"b\", \"2\": \"c\"}", "names 3 classes"),
    (
      "\"id2label\": {\"0\": \"a\", \"1\": \"b\"}, \"label2id\": {\"a\": 1, \"b\": 0}",
      "label2id gives 'a' another number"
    ),
    ("\"num_labels\": 99999999999", "num_labels is no number from 1"),
  ])
  func `names of classes that cannot be right matter to those who need them alone`(
    extra: String, text: String
  ) throws {
    let configuration = try read(extra)
    let message = failure {
      _ = try configuration.labels(ofOutputs: 2, of: "classifier.weight", path: "config.json")
    }
    #expect(message.hasPrefix("config.json: ") && message.contains(text), "\(message)")
  }

  @Test(arguments: [
    ("", ["LABEL_0", "LABEL_1", "LABEL_2"]),
    ("\"problem_type\": \"\"", ["LABEL_0", "LABEL_1", "LABEL_2"]),
    ("\"id2label\": {\"0\": 1, \"1\": 2, \"2\": 5}", ["1", "2", "5"]),
    (
      "\"num_labels\": 3, \"id2label\": {\"0\": \"LABEL_0\", \"1\": \"LABEL_1\"}",
      ["LABEL_0", "LABEL_1", "LABEL_2"]
    ),
    (
      """
      "id2label": {"0": "neg", "1": "neu", "2": "pos"},
      "label2id": {"LABEL_0": 0, "LABEL_1": 1, "LABEL_2": 2}
      """, ["neg", "neu", "pos"]
    ),
  ])
  func `names of classes that old files state, or leave out, are those that transformers takes`(
    extra: String, labels: [String]
  ) throws {
    let read = try read(extra).labels(ofOutputs: 3, of: "classifier.weight", path: "config.json")
    #expect(read == labels)
  }

  @Test(arguments: [
    ("\"model_type\": \"distilbert\", \"dim\": 8", "hidden_dim is missing"),
    (
      """
      "model_type": "distilbert", "dim": 0, "n_layers": 1, "n_heads": 3, "hidden_dim": 2,
      "activation": "mish"
      """, "dim is 0"
    ),
    (
      """
      "model_type": "distilbert", "dim": 8, "n_layers": 1, "n_heads": 3, "hidden_dim": 2,
      "activation": "mish"
      """, "activation \"mish\" is not supported"
    ),
    ("\"model_type\": \"electra\", \"embedding_size\": 0", "embedding_size is 0"),
  ])
  func `a fault of another family's file is told in its own keys`(extra: String, text: String) {
    #expect(failure { _ = try read(extra) }.contains(text))
  }

  @Test func `of two names of a DistilBERT size transformers' common one counts, as it does there`()
    throws
  {
    let sizes =
      "\"model_type\": \"distilbert\", \"dim\": 8, \"n_layers\": 1, \"n_heads\": 4, \"hidden_dim\": 12"
    #expect(try read(sizes).model.headCount == 4)
    #expect(try read(sizes + ", \"num_attention_heads\": 2").model.headCount == 2)
  }

  @Test func `what a family's file leaves out has transformers' default for the family`() throws {
    let distilbert = try read(
      """
      "model_type": "distilbert", "dim": 8, "n_layers": 1, "n_heads": 2, "hidden_dim": 12,
      "layer_norm_eps": 0.5
      """
    ).model
    #expect(distilbert.classifierDropout == 0.2 && distilbert.layerNormEpsilon == 1e-12)
    let electra = try read("\"model_type\": \"electra\"").model
    #expect(electra.embeddingSize == 128 && electra.classifierDropout == nil)
  }

  @Test
  func `DistilBERT's dropout of answers is read, kept where it is not the usual, and written`()
    throws
  {
    let sizes =
      "\"model_type\": \"distilbert\", \"dim\": 8, \"n_layers\": 1, \"n_heads\": 2, \"hidden_dim\": 12"
    for (extra, kept, written) in [
      ("", nil, 0.1), (", \"qa_dropout\": 0.1", nil, 0.1), (", \"qa_dropout\": 0", 0, 0),
      (", \"qa_dropout\": 0.3", 0.3, 0.3),
    ] as [(String, Double?, Double)] {
      let model = try read(sizes + extra).model
      #expect(model.answerDropout == kept)
      #expect(
        HuggingFaceConfiguration(model: model).json.object?["qa_dropout"]?.real == written)
      let stored = String(decoding: try JSONEncoder().encode(model), as: UTF8.self)
      #expect(stored.contains("qa_dropout") == (kept != nil))
      #expect(try JSONDecoder().decode(ModelConfiguration.self, from: Data(stored.utf8)) == model)
    }
    #expect(
      failure { _ = try read(sizes + ", \"qa_dropout\": 1.5") }.contains("qa_dropout is 1.5"))
    let bert = try read("\"qa_dropout\": 0.5").model
    #expect(bert.answerDropout == nil)
    #expect(HuggingFaceConfiguration(model: bert).json.object?["qa_dropout"] == nil)
  }

  @Test(arguments: ["distilbert-classification", "electra-classification"])
  func `the file that transformers wrote and ours say the same`(name: String) throws {
    let path = Fixtures.path("families/\(name)/config.json")
    let theirs = try HuggingFaceConfiguration(
      try StrictJSON.read(path, limit: 1 << 20), path: path)
    let ours = try #require(theirs.json.object)
    #expect(try HuggingFaceConfiguration(theirs.json, path: path) == theirs)
    let written = try #require(try StrictJSON.read(path, limit: 1 << 20).object)
    for (key, value) in ours.members
    where !["torch_dtype", "position_embedding_type"].contains(key) {
      #expect(written[key] == value || key == "classifier_dropout", "\(key)")
    }
  }

  @Test func `what is absent is written where transformers would take another value for it`() throws
  {
    var model = SmallFolder.configuration
    model.hiddenDropout = 0.25
    func written(_ family: ModelFamily) -> JSONObject? {
      model.family = family
      return HuggingFaceConfiguration(model: model).json.object
    }
    #expect(written(.bert)?["classifier_dropout"] == .null)
    #expect(written(.distilbert)?["seq_classif_dropout"] == .real(0.25))
    #expect(written(.electra)?["embedding_size"] == .integer(8))
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
