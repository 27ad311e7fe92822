import Compute
import RandomStreams
import Testing

@testable import Transformer

@Suite struct ParameterTests {
  @Test(arguments: [
    ("bert-base", 109_482_240), ("tinybert-4l-312", 14_350_248), ("tinybert-6l-768", 66_955_008),
  ])
  func `presets have the published number of parameters`(preset: String, count: Int) throws {
    let configuration = try #require(ModelConfiguration.preset(preset))
    #expect(try BertModel(configuration, head: .none).layout.count == count)
  }

  @Test func `every preset is valid and an unknown name is none`() throws {
    for (_, configuration) in ModelConfiguration.presets { try configuration.validate() }
    #expect(ModelConfiguration.preset("tinybert-5l") == nil)
  }

  @Test func `names and order are Hugging Face's, with query, key and value adjacent`() throws {
    let small = ModelConfiguration(
      vocabularySize: 9, hiddenSize: 4, layerCount: 1, headCount: 2, intermediateSize: 6,
      maximumPositions: 5)
    let layer = "bert.encoder.layer.0"
    let encoder = [
      "bert.embeddings.word_embeddings.weight", "bert.embeddings.position_embeddings.weight",
      "bert.embeddings.token_type_embeddings.weight", "bert.embeddings.LayerNorm.weight",
      "bert.embeddings.LayerNorm.bias", "\(layer).attention.self.query.weight",
      "\(layer).attention.self.key.weight", "\(layer).attention.self.value.weight",
      "\(layer).attention.self.query.bias", "\(layer).attention.self.key.bias",
      "\(layer).attention.self.value.bias", "\(layer).attention.output.dense.weight",
      "\(layer).attention.output.dense.bias", "\(layer).attention.output.LayerNorm.weight",
      "\(layer).attention.output.LayerNorm.bias", "\(layer).intermediate.dense.weight",
      "\(layer).intermediate.dense.bias", "\(layer).output.dense.weight",
      "\(layer).output.dense.bias", "\(layer).output.LayerNorm.weight",
      "\(layer).output.LayerNorm.bias",
    ]
    let pooler = ["bert.pooler.dense.weight", "bert.pooler.dense.bias"]
    func names(_ head: Head) throws -> [String] {
      try BertModel(small, head: head).layout.parameters.map(\.name)
    }
    #expect(try names(.none) == encoder + pooler)
    #expect(
      try names(.classification(labels: 2, style: .hf))
        == encoder + pooler + ["classifier.weight", "classifier.bias"])
    let masked =
      ["transform.dense.weight", "transform.dense.bias"]
      + ["transform.LayerNorm.weight", "transform.LayerNorm.bias", "bias"]
    #expect(try names(.maskedLanguage) == encoder + masked.map { "cls.predictions.\($0)" })
    for parameter in try BertModel(small, head: .maskedLanguage).layout.parameters {
      let isExempt =
        parameter.name.contains("bias") || parameter.name.contains("LayerNorm.weight")
      #expect(parameter.decays != isExempt, "\(parameter.name)")
    }
  }

  @Test func `a layout that extends a model's leaves its parameters where they were`() throws {
    let model = try BertModel(.tinybert4l312, head: .none)
    var layout = model.layout
    let projection = layout.declare(
      "distillation.projection.weight", shape: [768, 312], decays: true, initialization: .normal)
    #expect(layout.parameters.dropLast() == model.layout.parameters[...])
    #expect(projection.offset == model.layout.count)
    #expect(layout["distillation.projection.weight"] == projection)
    #expect(model.layout["distillation.projection.weight"] == nil)
  }

  @Test func `joined parameters are views of the same memory`() {
    var layout = ParameterLayout()
    layout.declare("before", shape: [5], decays: false, initialization: .zeros)
    let weights = ["q", "k"].map {
      layout.declare($0, shape: [2, 3], decays: true, initialization: .normal)
    }
    let biases = ["qb", "kb"].map {
      layout.declare($0, shape: [2], decays: false, initialization: .zeros)
    }
    let set = ParameterSet(layout)
    set[weights[1]].fill(7)
    set[biases[1]][0, 1] = 9
    let joined = set.joined(weights)
    #expect((joined.rows, joined.columns) == (4, 3))
    #expect(joined.values() == [Float](repeating: 0, count: 6) + [Float](repeating: 7, count: 6))
    #expect(set.joined(biases).values() == [0, 0, 0, 9])
    #expect(set.joined(biases).rows == 1)
  }

  @Test func `initial values have the asked deviation and depend on name and seed alone`() {
    func layout(_ names: [String]) -> ParameterLayout {
      var layout = ParameterLayout()
      for name in names {
        layout.declare(name, shape: [100, 100], decays: true, initialization: .normal)
      }
      layout.declare("bias", shape: [3], decays: false, initialization: .zeros)
      layout.declare("LayerNorm.weight", shape: [3], decays: false, initialization: .ones)
      return layout
    }
    func filled(_ names: [String], seed: UInt64) -> ParameterSet {
      let set = ParameterSet(layout(names))
      set.initialize(stdev: 0.02, stream: RandomStream(seed: seed, purpose: "initialization"))
      return set
    }
    func values(_ set: ParameterSet, _ name: String) -> [Float] {
      set.layout[name].map { set[$0].values() } ?? []
    }
    let set = filled(["a", "b"], seed: 1)
    let a = values(set, "a").map(Double.init)
    let mean = a.reduce(0, +) / 10_000
    let deviation = (a.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 10_000).squareRoot()
    #expect(abs(mean) < 0.0008 && abs(deviation - 0.02) < 0.0006, "\(mean) \(deviation)")
    #expect(values(set, "a") != values(set, "b"))
    #expect(values(filled(["b", "c", "a"], seed: 1), "a") == values(set, "a"))
    #expect(values(filled(["a", "b"], seed: 2), "a") != values(set, "a"))
    #expect(values(set, "bias") == [0, 0, 0])
    #expect(values(set, "LayerNorm.weight") == [1, 1, 1])
  }
}
