import Files
import Foundation
import TestSupport
import Text
import Transformer

@testable import Artifacts
@testable import HDF5
@testable import Stages

extension FuzzedParser {
  /// Artifacts whose digests are right, whoever made them.
  static let artifacts = [
    FuzzedParser(name: "artifact") { bytes, scratch in
      // The trailer comes last and is always right: what is behind it is what a stranger may send.
      let sealed = bytes + ArtifactFormat.trailerMagic + Digest.of(bytes).bytes
      let path = try scratch.write(sealed, to: "artifact.h5")
      let reader = try ArtifactReader(path: path)
      _ = try reader.recomputeContentDigest()
      try use(path, kind: reader.kind, scratch)
    },
    FuzzedParser(name: "artifact-content") { bytes, scratch in
      guard let recipe = Recipe(bytes) else { return }
      let path = scratch.path + "/artifact.h5"
      do {
        try recipe.writeArtifact(to: path, configuration: configuration(of: recipe))
      } catch is HDF5Error {
        return  // A name or a shape that no artifact has.
      }
      try use(path, kind: recipe.document["kind"]?.string ?? "", scratch)
    },
  ]

  /// The description, with the digests that it must name where it says `own`.
  private static func configuration(of recipe: Recipe) throws -> [UInt8] {
    let written = recipe.json("configuration").asText
    guard written.contains(#":"own""#) else { return Array(written.utf8) }
    var digest = try Fixtures.smallTokenizer.get().digest
    if recipe.document["kind"]?.string == ModelArtifact.kind {
      let tensors = Dictionary(
        recipe.tensors("datasets").map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
      let pieces = PackedStrings(
        bytes: tensors["tokenizer/bytes"]?.integers() ?? [],
        offsets: tensors["tokenizer/offsets"]?.integers() ?? [])
      let settings = recipe.document["configuration"]?.object?["tokenizer"]
      if let pieces, let settings = try settings?.encoded(),
        let settings = try? JSONDecoder().decode(TokenizerSettings.self, from: Data(settings)),
        let own = try? Tokenizer(tokens: pieces.strings(), settings: settings)
      {
        digest = own.digest
      }
    }
    return Array(written.replacing(#":"own""#, with: #":"\#(digest.hexadecimal)""#).utf8)
  }

  /// Does what commands do with an artifact of a kind.
  private static func use(_ path: String, kind: String, _ scratch: FuzzScratch) throws {
    _ = try Inspection(path).json()
    let tokenizer = try Fixtures.smallTokenizer.get()
    let sizes = ModelConfiguration(
      vocabularySize: tokenizer.vocabularySize, hiddenSize: 8, layerCount: 1, headCount: 2,
      intermediateSize: 8, maximumPositions: 16)
    switch kind {
    case ModelArtifact.kind:
      try scratch.write("a warm film\n\n[MASK] of x\n", to: "new.txt")
      try attempt(in: scratch) {
        let predictor = try TextPredictor(model: path, splitsSpecialTokens: false, threads: 1)
        let input = PredictionInput(scratch.path + "/new.txt", format: nil, layout: RowLayout())
        _ = try predictor.answer(input, form: .json(Set(AnswerForm.Part.allCases))) { _ in }
      }
      _ = try ModelSource(path).loadWhole()
    case DatasetArtifact.kind:
      let (reader, description) = try DatasetArtifact.open(path)
      for split in DatasetArtifact.splitNames where description.splits[split] != nil {
        try attempt(in: scratch) {
          _ = try DatasetArtifact.read(
            reader, description, split: split, vocabularySize: tokenizer.vocabularySize)
        }
      }
      let data = try TaskData(
        path, tokenizer: tokenizer, configuration: sizes, answersNeededElse: nil)
      for split in ["train", "dev"] {
        if let answers = try data.answers(of: split) { _ = answers.greatest }
      }
    case CorpusArtifact.kind:
      let corpus = try CorpusExamples(
        path, tokenizer: tokenizer, configuration: sizes, scratchFolder: scratch.path + "/copy")
      for index in 0..<min(corpus.count, 64) { _ = try corpus.examples([index]) }
    default: break
    }
  }
}

extension Fixtures {
  /// A tokenizer of few pieces, that artifacts of inputs are made with.
  static let smallTokenizer = Result {
    try Tokenizer(
      tokens: [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "warm", "film", "##s", "of", "x",
      ],
      settings: TokenizerSettings())
  }
}
