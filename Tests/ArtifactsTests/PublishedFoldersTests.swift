import Compute
import Files
import Foundation
import Tasks
import TestSupport
import Testing
import Text
import Transformer

@testable import Artifacts

/// Folders built as much-downloaded ones of the hub are: read as transformers reads them, or refused by
/// the name of what they compute.
@Suite struct PublishedFoldersTests {
  private struct Told: Decodable {
    struct Folder: Decodable {
      let ids: [[Int32]]
      let kind: String
      let values: [[Double]]
    }
    let texts: [String]
    let folders: [String: Folder]
  }

  /// What classifiers are for that are not for one class out of several.
  private static let tasks = ["ms-marco-MiniLM-L-6-v2": "regression", "toxic-bert": "multi-label"]

  /// What a folder that answers for no rows is refused as.
  private static let refusals = [
    "electra-small-discriminator": "the model has no classifier",
    "bert-tiny": "the model has no classifier",
  ]

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `ids, states and logits of published folders are transformers', or their head is named`()
    throws
  {
    try withTemporaryFolder { root in
      let told = try JSONDecoder().decode(
        Told.self, from: Data(try PythonOracle.run("published_folders.py", [root]).utf8))
      #expect(told.folders.count == 22)
      // The folders of the two functions that are nearest to each other do tell them apart.
      let near = try ["bert-gelu_python", "bert-gelu_new"].map { name in
        try #require(told.folders[name]).values.flatMap(\.self)
      }
      #expect(!Comparison(near[0], near[1], within: .forward).isClose)
      for (name, folder) in told.folders.sorted(by: { $0.key < $1.key }) {
        let source = try ModelSource("\(root)/\(name)")
        #expect(told.texts.map { source.tokenizer.encode($0).ids } == folder.ids, "\(name)")
        let values = try zip(folder.ids, folder.values).map { ids, expected in
          Comparison(
            try Self.values(source, folder.kind, of: ids), expected, within: .forward)
        }
        for value in values { #expect(value.isClose, "\(name): \(value)") }
        if let refusal = Self.refusals[name] {
          #expect(throws: (any Error).self) { try source.rowTask(cure: "") }
          let text = Result { try source.rowTask(cure: "") }
          guard case .failure(let error) = text else { continue }
          #expect("\(error)".contains(refusal), "\(name): \(error)")
        } else if name == "bert-base-uncased" {
          #expect(try source.rowTask(cure: "").name == MaskedLanguageTask().name)
        } else if name == "all-MiniLM-L6-v2" {
          #expect(try source.rowTask(cure: "").name == SentenceEmbeddingTask().name)
          #expect(source.head == .embedding(pooling: .mean, isNormalized: true))
        } else if folder.kind == "sequence" {
          #expect(try source.rowTask(cure: "").name == Self.tasks[name] ?? "classification")
        } else if folder.kind == "tokens" {
          #expect(try source.rowTask(cure: "").name == TokenClassificationTask().name)
        }
      }
    }
  }

  /// The states of the last layer, or the logits; those of every token for a masked-language model.
  private static func values(
    _ source: ModelSource, _ kind: String, of ids: [Int32]
  ) throws -> [Double] {
    let loaded = kind == "base" ? try source.loadEncoder() : try source.loadWhole()
    var batch = PackedBatch([TokenSequence(ids: ids)], places: [0])
    batch.predictionRows = ids.indices.map { Int32($0) }
    let last = source.configuration.layerCount
    let taps =
      kind == "base" ? BertModel.Taps(hidden: [last]) : BertModel.Taps(logits: true)
    let context = ComputeContext(threads: 1)
    let made = loaded.model.forward(
      batch, loaded.weights, taps: taps, mode: .evaluation, on: context, in: Arena())
    let matrix = kind == "base" ? made.taps.hidden[last] : made.logits
    return (try #require(matrix)).values().map { Double($0) }
  }
}
