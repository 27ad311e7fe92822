import Compute
import Files
import Foundation
import TestSupport
import Testing
import Transformer

@testable import Interchange

@Suite struct SentenceModulesTests {
  /// A folder of sentence-transformers around a small encoder; files by name, `nil` for none.
  private func read(_ files: [String: String]) throws -> HuggingFaceModel {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path, head: .none)
      try folder.write()
      let usual = [
        "modules.json": Self.modules(["Transformer", "Pooling"]),
        "1_Pooling/config.json":
          #"{"word_embedding_dimension": 8, "pooling_mode_mean_tokens": true}"#,
      ]
      for (name, text) in usual.merging(files, uniquingKeysWith: { $1 }) {
        try ensureDirectory(splitPath("\(path)/\(name)").folder)
        try AtomicFile.write(Array(text.utf8), to: "\(path)/\(name)")
      }
      return try HuggingFaceModel(folder: path)
    }
  }

  private static func modules(_ types: [String], first: String = "") -> String {
    let modules = types.enumerated().map { number, type in
      let path = number == 0 ? first : "\(number)_\(type)"
      return #"{"idx": \#(number), "name": "\#(number)", "path": "\#(path)", "#
        + #""type": "sentence_transformers.models.\#(type)"}"#
    }
    return "[" + modules.joined(separator: ", ") + "]"
  }

  @Test func `pooling, scaling and the limit of a folder are read, as any version writes them`()
    throws
  {
    let plain = try read([:])
    #expect(plain.head == .embedding(pooling: .mean, isNormalized: false))
    #expect(plain.foreignHead == nil)
    #expect(plain.modules?.maxSequenceLength == nil)
    let normalized = try read([
      "modules.json": Self.modules(["Transformer", "Pooling", "Normalize"]),
      "1_Pooling/config.json": #"{"embedding_dimension": 8, "pooling_mode": "cls"}"#,
      "sentence_bert_config.json": #"{"max_seq_length": 5, "do_lower_case": true}"#,
      "config_sentence_transformers.json":
        #"{"prompts": {"query": ""}, "default_prompt_name": null, "model_type": "SentenceTransformer"}"#,
    ])
    #expect(normalized.head == .embedding(pooling: .cls, isNormalized: true))
    #expect(normalized.modules?.maxSequenceLength == 5)
    #expect(normalized.modules?.lowercases == true)
    let other = try read(["sentence_roberta_config.json": #"{"max_seq_length": 7}"#])
    #expect(other.modules?.maxSequenceLength == 7)
    // What says nothing is the mean.
    let silent = try read(["1_Pooling/config.json": #"{"word_embedding_dimension": 8}"#])
    #expect(silent.head == plain.head)
  }

  @Test(arguments: [
    (["1_Pooling/config.json": #"{"pooling_mode_max_tokens": true}"#], "with pooling by max"),
    (
      ["1_Pooling/config.json": #"{"pooling_mode": ["cls", "mean"]}"#],
      "with pooling by cls and mean"
    ),
    (["modules.json": modules(["Transformer", "Pooling", "Dense"])], "with the module Dense"),
    (["modules.json": modules(["Transformer"])], "without pooling"),
    (
      [
        "config_sentence_transformers.json":
          #"{"prompts": {"query": "find: "}, "default_prompt_name": "query"}"#
      ], "that puts the prompt 'query' before every text"
    ),
    (["config_sentence_transformers.json": #"{"model_type": "SparseEncoder"}"#], "SparseEncoder"),
    (["config_sentence_transformers.json": #"{"truncate_dim": 4}"#], "cuts its vectors short"),
    (
      ["sentence_bert_config.json": #"{"tokenizer_args": {"do_lower_case": false}}"#],
      "with settings of its own (tokenizer_args)"
    ),
    (["sentence_bert_config.json": #"{"transformer_task": "fill-mask"}"#], "for fill-mask"),
  ])
  func `what is more than pooling and scaling is named, and the encoder alone is read`(
    files: [String: String], words: String
  ) throws {
    let model = try read(files)
    #expect(model.head == .none)
    #expect(model.foreignHead?.hasPrefix("a model of sentence-transformers ") == true)
    #expect(model.foreignHead?.contains(words) == true, "\(model.foreignHead ?? "")")
  }

  @Test func `a cross-encoder is the classifier that config.json says`() throws {
    let model = try read([
      "modules.json": Self.modules(["Transformer"]),
      "config_sentence_transformers.json": #"{"model_type": "CrossEncoder"}"#,
    ])
    #expect(model.modules == nil && model.foreignHead == nil)
  }

  @Test func `another comparison of vectors than the cosine is told`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path, head: .none)
      try folder.write()
      for (name, text) in [
        ("modules.json", Self.modules(["Transformer", "Pooling"])),
        ("1_Pooling/config.json", #"{"word_embedding_dimension": 8}"#),
        ("config_sentence_transformers.json", #"{"similarity_fn_name": "dot"}"#),
      ] {
        try ensureDirectory(splitPath("\(path)/\(name)").folder)
        try AtomicFile.write(Array(text.utf8), to: "\(path)/\(name)")
      }
      #expect(
        try folder.load().report.notes
          == ["compares vectors by dot (similarity_fn_name); here it is the cosine"])
    }
  }

  @Test(arguments: [
    (["modules.json": "{}"], "no list of modules"),
    (["modules.json": "[3]"], "no list of modules"),
    (["modules.json": #"[{"type": "x.Pooling"}]"#], "no list of modules"),
    (
      ["modules.json": modules(["Transformer", "Pooling"], first: "0_Transformer")],
      "the encoder lies in 0_Transformer"
    ),
    (
      [
        "modules.json":
          #"[{"path": "", "type": "a.Transformer"}, {"path": "../x", "type": "a.Pooling"}]"#
      ], "may leave"
    ),
    (["1_Pooling/config.json": "[]"], "expected an object of settings"),
    (
      ["1_Pooling/config.json": #"{"word_embedding_dimension": 9}"#],
      "1_Pooling/config.json: is for states of 9 channels, the encoder has 8"
    ),
    (["sentence_bert_config.json": #"{"max_seq_length": 0}"#], "max_seq_length is no number"),
    (["sentence_bert_config.json": #"{"max_seq_length": "5"}"#], "max_seq_length is no number"),
  ])
  func `files that cannot be are refused by their name`(files: [String: String], words: String) {
    let message = failure { _ = try read(files) }
    #expect(message.contains(words), "\(message)")
  }

  @Test func `an encoder in a folder of its own is told, not the files that are missing`()
    throws
  {
    try withTemporaryFolder { path in
      let small = try SmallFolder(path + "/0_Transformer", head: .none)
      try small.write()
      let modules = Self.modules(["Transformer", "Pooling"], first: "0_Transformer")
      try AtomicFile.write(Array(modules.utf8), to: "\(path)/modules.json")
      #expect(
        failure { _ = try HuggingFaceModel(folder: path) }
          == "\(path)/modules.json: the encoder lies in 0_Transformer, as early versions of "
          + "sentence-transformers had it; load and save the model with a newer one")
    }
  }

  @Test(arguments: [(Pooling.mean, false), (.mean, true), (.cls, false), (.cls, true)])
  func `what is written is read again, with the weights of a bare encoder`(
    pooling: Pooling, isNormalized: Bool
  ) throws {
    try withTemporaryFolder { path in
      let head = Head.embedding(pooling: pooling, isNormalized: isNormalized)
      let small = try SmallFolder(path + "/unused", head: head)
      try HuggingFaceModel.write(small.model, small.weights, to: path)
      try SentenceModules.write(
        pooling, isNormalized: isNormalized, channels: 8, maxSequenceLength: 5, to: path)
      let folder = try HuggingFaceModel(folder: path)
      #expect(folder.head == head)
      #expect(folder.configuration.architectures == ["BertModel"])
      #expect(folder.modules?.maxSequenceLength == 5)
      let weights = try folder.weights(for: small.model).weights
      #expect(weights.values.values() == small.weights.values.values())
      let written = Set(try folderEntries(path)).subtracting([
        "config.json", "model.safetensors", "unused",
      ])
      #expect(written.isSubset(of: Set(SentenceModules.entries)))
    }
  }

  @Test func `a pooler that nobody reads may be missing, a layer may not`() throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(
        path, head: .embedding(pooling: .mean, isNormalized: false))
      for name in folder.tensors.keys where name.contains("pooler") { folder.tensors[name] = nil }
      try folder.write()
      let loaded = try folder.load()
      #expect(loaded.report.newlyInitialized.allSatisfy { $0.contains("pooler") })
      #expect(loaded.report.newlyInitialized.count == 2)
      folder.tensors["bert.encoder.layer.0.output.dense.weight"] = nil
      try folder.write()
      #expect(failure { _ = try folder.load() }.contains("output.dense.weight is missing"))
    }
  }
}
