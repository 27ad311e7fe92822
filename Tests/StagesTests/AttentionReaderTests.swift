import Foundation
import Interchange
import RandomStreams
import TestSupport
import Testing
import Transformer

@testable import Stages

/// What a model attends to, held to transformers.
@Suite(.enabled(if: PythonOracle.isAvailable)) struct AttentionReaderTests {
  private struct Said: Decodable {
    let tokens: [String]
    let layers: [[Float]]
  }

  @Test(arguments: ModelFamily.all)
  func `means over heads are those of transformers, of texts and of pairs`(family: ModelFamily)
    throws
  {
    try withTemporaryFolder { folder in
      var configuration = SmallWorld.configuration
      configuration.family = family
      // Weights so large that heads differ, and attention is far from even.
      try SmallWorld.writeEncoder(to: folder + "/model", of: configuration, seed: 9) { _, weights in
        weights.initialize(stdev: 0.6, stream: .init(seed: 9, purpose: "attention"))
      }
      let texts = [
        ["the film was very good and warm ."], ["it"], ["the plot is dull", "so is this song !"],
      ]
      try Disk.write(
        String(decoding: try JSONSerialization.data(withJSONObject: texts), as: UTF8.self),
        to: folder + "/texts.json")
      let theirs = try JSONDecoder().decode(
        [Said].self,
        from: Data(
          try PythonOracle.run("attention.py", [folder + "/model", folder + "/texts.json"]).utf8))
      let reader = try AttentionReader(model: folder + "/model", threads: 1)
      for (text, said) in zip(texts, theirs) {
        let encoding = try #require(reader.encoding(of: text[0], text.dropFirst().first))
        #expect(reader.tokens(of: encoding) == said.tokens)
        let layers = try reader.attention(to: encoding, layers: [1, 2])
        for (place, expected) in said.layers.enumerated() {
          let own = try #require(layers[place + 1])
          let comparison = Comparison(
            own, expected.map(Double.init), within: Tolerance(absolute: 1e-5, relative: 0))
          #expect(comparison.isClose, "layer \(place + 1): \(comparison)")
        }
      }
      #expect(theirs.count == texts.count)
      #expect(reader.encoding(of: String(repeating: "the film ", count: 40), nil) == nil)
    }
  }

  @Test func `the last layers that were matched are shown, and others evenly before them`() throws {
    try withTemporaryFolder { folder in
      var (deep, shallow) = (SmallWorld.configuration, SmallWorld.configuration)
      deep.layerCount = 8
      deep.typeVocabularySize = 1
      shallow.layerCount = 4
      try SmallWorld.writeEncoder(to: folder + "/deep", of: deep)
      try SmallWorld.writeEncoder(to: folder + "/shallow", of: shallow)
      let teacher = try AttentionReader(model: folder + "/deep", threads: 1)
      let student = try AttentionReader(model: folder + "/shallow", threads: 1)
      #expect(teacher.encoding(of: "it", "this") == nil && teacher.encoding(of: "it", nil) != nil)
      func layers(_ map: String?) throws -> [[Int]] {
        try AttentionReader.matchedLayers(map, teacher: teacher, student: student, most: 3)
          .map { [$0.student, $0.teacher] }
      }
      #expect(try layers(nil) == [[1, 2], [2, 4], [4, 8]])
      #expect(try layers("last") == [[1, 5], [2, 6], [4, 8]])
      #expect(try layers("2:3,4:7") == [[2, 3], [4, 7]])
      #expect(throws: (any Error).self) { try layers("1:9") }
    }
  }
}
