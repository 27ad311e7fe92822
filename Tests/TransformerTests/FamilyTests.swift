import Compute
import Interchange
import TestSupport
import Testing

@testable import Transformer

/// Encoders of other families than BERT, held to the models of `Tests/Oracles/family_fixtures.py`.
@Suite struct FamilyTests {
  let context = ComputeContext(threads: 2)

  static let models = [
    "distilbert-classification", "distilbert-masked", "electra-classification", "electra-masked",
    "bert-tokens", "distilbert-tokens", "electra-tokens",
  ]

  @Test(arguments: models)
  func `every tap is what transformers computes`(name: String) throws {
    let fixture = try ModelFixture(family: name)
    let made = fixture.model.forward(
      fixture.batch, fixture.weights, taps: fixture.everything, mode: .evaluation, on: context,
      in: Arena()
    ).named
    #expect(Set(made.keys) == Set(fixture.taps.keys))
    for (tap, values) in made { expectClose(values, fixture.taps[tap], tap) }
  }

  @Test(arguments: models)
  func `gradients for loss at every tap equal PyTorch's`(name: String) throws {
    let fixture = try ModelFixture(family: name)
    let (seeds, expected) = try fixture.familyGradients(name)
    let gradients = fixture.gradients(of: seeds, on: context)
    #expect(expected.count == fixture.model.layout.parameters.count)
    let all = expected.values.reduce(0) { $0 + squaredNorm($1) }.squareRoot()
    for parameter in fixture.model.layout.parameters {
      let reference = try #require(expected[parameter.name], "\(parameter.name)")
      let difference = squaredNorm(
        zip(gradients[parameter].values(), reference).map { $0 - $1 }
      ).squareRoot()
      let allowed = 1e-4 * squaredNorm(reference).squareRoot() + 1e-7 * all
      #expect(difference <= allowed, "\(parameter.name) is off by \(difference) of \(allowed)")
    }
  }

  @Test(arguments: models)
  func `with dropout the loss grows along its gradient as fast as the gradient says`(
    name: String
  ) throws {
    let fixture = try ModelFixture(family: name, dropout: 0.3)
    let seeds = try fixture.familyGradients(name).seeds
    for chosen in [seeds.filter { $0.key == "logits" }, seeds] {
      let (slope, squared) = fixture.slope(along: chosen, on: context)
      // The kinks of ReLU are within a step here and there.
      #expect(abs(slope / squared - 1) < 0.03, "\(slope) instead of \(squared)")
    }
  }

  @Test(arguments: [
    ("distilbert-classification", ["word", "position"], 4),
    ("electra-classification", ["word", "position", "token_type"], 7),
  ])
  func `loss on the embeddings reaches the tables, their norm and their projection`(
    name: String, tables: [String], count: Int
  ) throws {
    let model = try ModelFixture(family: name).model
    let names = model.reached(by: BertModel.Taps(hidden: [0])).map(\.name)
    #expect(names.count == count)
    for table in tables { #expect(names.contains("bert.embeddings.\(table)_embeddings.weight")) }
    #expect(names.contains("bert.embeddings_project.bias") == (count == 7))
    #expect(model.optionalParameters == model.headParameters && model.headParameters.count == 4)
    #expect(model.logitShape == LogitShape(rows: .sequences, columns: 3))
  }

  @Test func `DistilBERT alone adds the attention's output to its input undropped`() throws {
    func probability(_ family: ModelFamily) throws -> Float {
      let configuration = ModelConfiguration(
        family: family, hiddenSize: 4, layerCount: 1, headCount: 2, intermediateSize: 6,
        hiddenDropout: 0.25)
      return try BertModel(configuration, head: .none).layers[0].attentionOutput.dropout.probability
    }
    #expect(try ModelFamily.all.map(probability) == [0.25, 0, 0.25])
  }

  @Test func `DistilBERT alone drops before a classifier of tokens as its states are dropped`()
    throws
  {
    func probability(_ family: ModelFamily) throws -> Float? {
      var configuration = ModelConfiguration(
        family: family, hiddenSize: 4, layerCount: 1, headCount: 2, intermediateSize: 6,
        hiddenDropout: 0.25)
      configuration.classifierDropout = 0.5
      let model = try BertModel(configuration, head: .tokenClassification(labels: 3))
      #expect(!model.layout.parameters.contains { $0.name.contains("pooler") })
      #expect(model.logitShape == LogitShape(rows: .predictionRows, columns: 3))
      return (model.headLayers as? TokenClassifier)?.dropout.probability
    }
    #expect(try ModelFamily.all.map(probability) == [0.5, 0.25, 0.5])
  }

  @Test func `DistilBERT alone drops before it finds answers, as its configuration says`() throws {
    func probability(_ family: ModelFamily, _ own: Double?) throws -> Float? {
      var configuration = ModelConfiguration(
        family: family, hiddenSize: 4, layerCount: 1, headCount: 2, intermediateSize: 6,
        hiddenDropout: 0.25)
      configuration.answerDropout = own
      let model = try BertModel(configuration, head: .questionAnswering)
      return (model.headLayers as? TokenClassifier)?.dropout.probability
    }
    #expect(try ModelFamily.all.map { try probability($0, nil) } == [0, 0.1, 0])
    #expect(try probability(.distilbert, 0) == 0)
    #expect(try probability(.distilbert, 0.5) == 0.5)
  }

  @Test func `segments make no difference to a family that knows none`() throws {
    let fixture = try ModelFixture(family: "distilbert-classification")
    func logits(_ types: [Int32]) throws -> [Float]? {
      let batch = PackedBatch([TokenSequence(ids: [3, 1, 4, 1], types: types)], places: [0])
      try fixture.model.validate(batch)
      return fixture.model.forward(
        batch, fixture.weights, taps: BertModel.Taps(logits: true), mode: .evaluation, on: context,
        in: Arena()
      ).logits?.values()
    }
    #expect(try logits([0, 0, 1, 1]) == logits([0, 0, 0, 0]))
  }

  @Test(arguments: [ModelFamily.distilbert, .electra])
  func `a classifier that reads a pooler is refused where there is none`(
    family: ModelFamily
  ) throws {
    let configuration = ModelConfiguration(
      family: family, hiddenSize: 4, layerCount: 1, headCount: 2, intermediateSize: 6)
    let error = #expect(throws: ModelError.self) {
      try BertModel(configuration, head: .classification(labels: 2, style: .tinybert))
    }
    #expect(error?.description.contains("which \(family.name) has not: use hf") == true)
  }
}
