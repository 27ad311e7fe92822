import Compute
import Files
import Foundation
import HDF5
import RandomStreams
import Tasks
import TestSupport
import Testing
import Text
import Training
import Transformer

@testable import Artifacts

@Suite struct CorpusExamplesTests {
  private static let vocabulary =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + (0..<32).map { "word\($0)" }
  private static let configuration = ModelConfiguration(
    vocabularySize: vocabulary.count, hiddenSize: 32, layerCount: 2, headCount: 2,
    intermediateSize: 64, maximumPositions: 40)

  private let tokenizer: Tokenizer

  init() throws {
    tokenizer = try Tokenizer(tokens: Self.vocabulary, settings: TokenizerSettings())
  }

  /// Writes a corpus as `CorpusStage` does.
  private func write(
    _ ids: [Int32], _ offsets: [Int64], second: [Int32]? = nil, to path: String
  ) throws {
    let description = CorpusDescription(
      tokenizerDigest: tokenizer.digest.hexadecimal, maxSequenceLength: 16)
    try ArtifactWriter.write(
      to: path, kind: CorpusArtifact.kind, configuration: try CanonicalJSON.encode(description),
      inputs: [], createdBy: "test"
    ) { body in
      try body.appendable("ids", .int32).append(ids)
      try body.appendable("offsets", .int64).append(offsets)
      if let second { try body.appendable("second", .int32).append(second) }
    }
  }

  private func open(
    _ path: String, vocabularySize: Int = Self.vocabulary.count
  ) throws -> CorpusExamples {
    var configuration = Self.configuration
    configuration.vocabularySize = vocabularySize
    return try CorpusExamples(
      path, tokenizer: tokenizer, configuration: configuration, scratchFolder: path + ".scratch")
  }

  /// Sequences of 1 to 7 ids below `bound`.
  private func rows(_ count: Int, below bound: Int) -> (ids: [Int32], offsets: [Int64]) {
    var numbers = ArbitraryNumbers(5)
    var (ids, offsets): ([Int32], [Int64]) = ([], [0])
    for _ in 0..<count {
      ids += (0..<1 + numbers.below(7)).map { _ in Int32(numbers.below(bound)) }
      offsets.append(Int64(ids.count))
    }
    return (ids, offsets)
  }

  @Test(arguments: [(300_000, 37), (40, 37), (1, 37), (70_000, 1 << 16), (70_000, 1 << 16 + 1)])
  func `a step's sequences are those of the artifact`(count: Int, vocabularySize: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/corpus.h5"
      let (ids, offsets) = rows(count, below: vocabularySize)
      try write(ids, offsets, to: path)
      let source = try open(path, vocabularySize: vocabularySize)
      let held = InMemoryExamples(ids: ids, offsets: offsets.map { Int($0) })
      #expect(source.count == count)
      var numbers = ArbitraryNumbers(6)
      let some = (0..<2000).map { _ in numbers.below(count) } + [0, count - 1]
      #expect(try source.examples(some) == held.examples(some))
      #expect(try folderEntries(path + ".scratch") == [])
    }
  }

  @Test func `pairs keep their segments, and what was seen is told`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/corpus.h5"
      let (ids, offsets) = rows(300_000, below: 37)
      var numbers = ArbitraryNumbers(7)
      let lengths = zip(offsets, offsets.dropFirst()).map { Int($1 - $0) }
      let second = lengths.map { Int32(1 + numbers.below($0)) }
      try write(ids, offsets, second: second, to: path)
      let source = try open(path)
      let held = InMemoryExamples(
        ids: ids, offsets: offsets.map { Int($0) }, secondSegmentStarts: second)
      let some = (0..<2000).map { _ in numbers.below(300_000) } + [0, 299_999]
      #expect(try source.examples(some) == held.examples(some))
      #expect(source.seen == SeenText(longestSequence: 7, hasSecondSegments: true))
      #expect(some.contains { held.secondSegmentStarts[$0] < lengths[$0] })

      try write([5, 6, 7], [0, 1, 3], second: [1, 2], to: path)
      let single = try open(path)
      #expect(single.seen == SeenText(longestSequence: 2, hasSecondSegments: false))
      for wrong: [Int32] in [[1], [1, 2, 2], [-1, 2], [1, 3]] {
        try write([5, 6, 7], [0, 1, 3], second: wrong, to: path)
        #expect { try open(path) } throws: { "\($0)".contains("make the corpus again") }
      }
      try write([5, 6, 7], [0, 1, 3], second: [1, 1], to: path)
      var configuration = Self.configuration
      configuration.typeVocabularySize = 1
      #expect {
        try CorpusExamples(
          path, tokenizer: tokenizer, configuration: configuration, scratchFolder: path + ".x")
      } throws: {
        "\($0)".hasSuffix(
          "holds pairs of texts, the model knows one segment (type_vocab_size 1); make the corpus with "
            + "--mode packed")
      }
    }
  }

  @Test func `a corpus is refused for ids and offsets that are wrong, wherever they stand`() throws
  {
    let misfit = "offsets do not fit the ids; make the corpus again"
    let beyond = "is beyond the vocabulary of \(Self.vocabulary.count)"
    let empty = "the corpus is empty; give"
    typealias Change = (inout [Int32], inout [Int64]) -> Void
    let faults: [(said: String, change: Change)] = [
      (misfit, { _, offsets in offsets[0] = 1 }),
      (misfit, { _, offsets in offsets[299_999] = offsets[300_000] }),
      // Equal across the border of two pieces of the copy.
      (misfit, { _, offsets in offsets[1 << 18] = offsets[1 << 18 - 1] }),
      (misfit, { ids, _ in ids.append(5) }),
      (misfit, { ids, _ in ids.removeLast() }),
      ("id 99 at position 1000000 of 'corpus' " + beyond, { ids, _ in ids[1_000_000] = 99 }),
      ("id -1 at position 0 of 'corpus' " + beyond, { ids, _ in ids[0] = -1 }),
      (empty, { ids, offsets in (ids, offsets) = ([], [0]) }),
      (empty, { ids, offsets in (ids, offsets) = ([], []) }),
    ]
    try withTemporaryFolder { folder in
      let path = folder + "/corpus.h5"
      for fault in faults {
        var (ids, offsets) = rows(300_000, below: 37)
        fault.change(&ids, &offsets)
        try write(ids, offsets, to: path)
        let error = #expect(throws: ArtifactError.self) { try open(path) }
        let line = error?.description ?? ""
        #expect(line.hasPrefix("\(path): \(fault.said)"), "\(line)")
      }
    }
  }

  @Test func `training has the same bits from memory and from the scratch copy`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/corpus.h5"
      let (ids, offsets) = rows(50, below: 37)
      try write(ids, offsets, to: path)
      var options = TrainingOptions()
      options.maxSteps = 9
      options.perDeviceTrainBatchSize = 8
      options.learningRate = 1e-2
      let held = InMemoryExamples(ids: ids, offsets: offsets.map { Int($0) })
      let weights = try ([held, try open(path)] as [any ExampleSource]).map { source in
        let model = try BertModel(Self.configuration, head: .maskedLanguage)
        let weights = ParameterSet(model.layout)
        weights.initialize(stdev: 0.1, stream: RandomStream(seed: 4, purpose: "weights"))
        let trainer = try Trainer(
          model, weights: weights,
          objective: MaskedLanguageTask(probability: 0.3).objective(tokenizer), source: source,
          options: options, on: ComputeContext(threads: 2))
        while !trainer.isFinished { _ = try trainer.step() }
        return weights.values.values()
      }
      #expect(weights[0] == weights[1])
    }
  }
}
