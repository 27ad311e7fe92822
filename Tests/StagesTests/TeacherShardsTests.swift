import Artifacts
import Compute
import Distillation
import Files
import Foundation
import HDF5
import Interchange
import Pipelines
import TestSupport
import Testing
import Training
import Transformer

@testable import Stages

@Suite struct TeacherShardsTests {
  private static let taps = BertModel.Taps(hidden: [0, 2], scores: [2])

  /// 1500 rows of 4 to 30 tokens: several batches, and more than are read at a time.
  private let examples: InMemoryExamples

  init() {
    var numbers = ArbitraryNumbers(12)
    var (ids, offsets): ([Int32], [Int]) = ([], [0])
    for _ in 0..<1500 {
      ids += (0..<4 + numbers.below(27)).map { _ in Int32(numbers.below(40)) }
      offsets.append(ids.count)
    }
    examples = InMemoryExamples(ids: ids, offsets: offsets)
  }

  private func place(_ folder: String) -> StoppedStage {
    StoppedStage(folder: folder, inputs: [:], output: "model")
  }

  private func runner(_ path: String, threads: Int = 2) throws -> TeacherRunner {
    let source = try ModelSource(path)
    let loaded = source.head == .none ? try source.loadEncoder() : try source.loadWhole()
    return TeacherRunner(
      loaded.model, weights: loaded.weights, on: ComputeContext(threads: threads))
  }

  /// The taps that a store keeps in a type.
  private func taps(
    _ context: StageContext, _ type: String, _ runner: TeacherRunner, tokenizerOf path: String,
    bytesPerShard: Int
  ) throws -> CachedTaps {
    var store = TeacherStore(
      context, tokenizer: try ModelSource(path).tokenizer, data: "corpus", maxSequenceLength: 32,
      on: ComputeContext(threads: 1))
    store.bytesPerShard = bytesPerShard
    return try store.taps(
      runner, Self.taps, of: examples,
      type: try #require(TeacherCacheFields.Storage(rawValue: type)))
  }

  @Test(arguments: ["fp32", "bf16"])
  func `a cache of layers that was stopped is the same to the bit, whatever befell its shards`(
    type: String
  ) throws {
    let path = try FinishedWorld.shared().folder + "/encoder"
    let bytes = type == "fp32" ? 1 << 20 : 1 << 19
    try withTemporaryFolder { folder in
      let whole = place(folder + "/whole")
      let heard = StoppedStage.Heard()
      let runner = try runner(path)
      let context = try whole.context(heard)
      let source = try taps(context, type, runner, tokenizerOf: path, bytesPerShard: bytes)
      let expected = shards(whole.cacheFolder)
      #expect(expected.count > 5)
      let size = try expected.reduce(0) { try $0 + Disk.bytes($1).count }
      #expect(heard.notes.contains { $0.contains("teacher cache: \(size.byteSize) for 1,500") })
      let expectedTaps = try everything(source)
      // One shard holds the same.
      let one = place(folder + "/one")
      let single = try taps(
        try one.context(), type, runner, tokenizerOf: path, bytesPerShard: 1 << 40)
      #expect(shards(one.cacheFolder).count == 1)
      #expect(try everything(single) == expectedTaps)

      for (number, damage) in Damage.allCases.enumerated() {
        let cut = place("\(folder)/\(number)")
        let cached = cut.cacheFolder
        let stopped = try cut.context { shards(cached).count >= 4 }
        #expect(throws: StageInterruption.self) {
          try taps(stopped, type, runner, tokenizerOf: path, bytesPerShard: bytes)
        }
        let made = shards(cached)
        #expect(made.count == 4)
        try damage.befall(made[1])
        let kept = damage == .none ? 4 : 1
        let signatures = try made[..<kept].map(statSignature)
        let heard = StoppedStage.Heard()
        let other = try self.runner(path, threads: 1)
        let resumed = try taps(
          try cut.context(heard), type, other, tokenizerOf: path, bytesPerShard: bytes)
        #expect(
          heard.notes.contains { $0.contains("resumed: \(kept) of \(expected.count) shards") })
        #expect(try shards(cached).map(Disk.bytes) == expected.map(Disk.bytes), "\(damage)")
        #expect(try made[..<kept].map(statSignature) == signatures)
        #expect(try everything(resumed) == expectedTaps)
        #expect(leftovers(cached).isEmpty)
      }
    }
  }

  /// What a source says of all examples, asked for in an order of its own.
  private func everything(_ source: CachedTaps) throws -> [Float] {
    var values: [Float] = []
    for start in stride(from: 0, to: examples.count, by: 100) {
      let indices = (start..<start + 100).map { $0 * 7 % examples.count }
      let batch = MicroBatcher(maxTokens: 100_000).batches(
        try examples.examples(indices), indices: indices, firstPlace: 0)[0]
      let made = try source.taps(Self.taps, of: batch)
      for state in Self.taps.hidden.sorted() { values += try #require(made.hidden[state]).values() }
      for layer in Self.taps.scores.sorted() { values += try #require(made.scores[layer]).values() }
    }
    return values
  }

  @Test func `a shard that is replaced after it was checked is not read`() throws {
    let path = try FinishedWorld.shared().folder + "/encoder"
    try withTemporaryFolder { folder in
      let runner = try runner(path)
      let source = try taps(
        try place(folder).context(), "fp32", runner, tokenizerOf: path, bytesPerShard: 1 << 20)
      let second = shards(folder + "/cache")[1]
      let bytes = try Disk.bytes(second)
      try removeFile(second)
      try bytes.write(to: URL(fileURLWithPath: second))
      let error = #expect(throws: ArtifactError.self) { try everything(source) }
      #expect(error?.description.hasPrefix(second + ": was changed") == true)
    }
  }

  @Test func `logits that were stopped are the same to the bit, whatever befell their shards`()
    throws
  {
    let path = try FinishedWorld.shared().artifact("teacher")
    let origin = TeacherOrigin(
      teacher: "t", tokenizerDigest: "d", data: "r", precision: "fp32", maxSequenceLength: 32)
    let logits = { (context: StageContext, runner: TeacherRunner) in
      var store = TeacherStore(context, origin: origin)
      store.rowsPerShard = 100  // less than a batch: every batch is a shard
      return try store.logits(
        runner, of: examples, outputs: .init(own: ["a", "b"], kept: ["a", "b"]))
    }
    try withTemporaryFolder { folder in
      let runner = try runner(path)
      let whole = place(folder + "/whole")
      let expected = try logits(whole.context(), runner)
      let files = { (place: StoppedStage) in
        try Disk.files(place.cacheFolder).filter { $0.hasSuffix(".h5") }.map {
          try Disk.bytes(place.cacheFolder + "/" + $0)
        }
      }
      #expect(shards(whole.cacheFolder).isEmpty)
      // The predictor takes the same batches.
      let predicted = try Predictor(
        runner.model, weights: runner.weights, on: ComputeContext(threads: 1)
      ).outputs(of: examples)
      #expect(expected == predicted)
      for (number, damage) in Damage.allCases.enumerated() {
        let cut = place("\(folder)/\(number)")
        let cached = cut.cacheFolder
        let stopped = try cut.context { shards(cached).count >= 3 }
        #expect(throws: StageInterruption.self) {
          try logits(stopped, runner)
        }
        let made = shards(cached)
        #expect(made.count == 3)
        try damage.befall(made[2])
        let heard = StoppedStage.Heard()
        let other = try self.runner(path, threads: 1)
        let resumed = try logits(cut.context(heard), other)
        let kept = damage == .none ? 3 : 2
        #expect(heard.notes.contains { $0.contains("teacher logits: resumed: \(kept) of ") })
        #expect(resumed == expected, "\(damage)")
        #expect(try files(cut) == files(whole))
        #expect(shards(cached).isEmpty && leftovers(cached).isEmpty)
        // Killed between the artifact and the removal of its shards.
        try Data([1]).write(to: URL(fileURLWithPath: made[0]))
        #expect(try logits(cut.context(), other) == expected)
        #expect(shards(cached).isEmpty)
      }
    }
  }

  @Test func `two stages that want one cache take turns`() throws {
    try withTemporaryFolder { folder in
      let place = place(folder)
      try ensureDirectory(place.cacheFolder + "/locks")
      let heard = StoppedStage.Heard()
      let isLocked = DispatchSemaphore(value: 0)
      let path = place.cacheFolder + "/locks/teacher-taps-x"
      let other = Thread {
        let lock = try? FileLock.acquire(path)
        isLocked.signal()
        while heard.notes.isEmpty { usleep(1000) }
        lock?.release()
      }
      other.start()
      isLocked.wait()
      let asked = AskedOften()
      #expect(throws: StageInterruption.self) {
        try place.context { asked.isMoreThan(2) }.withCache("teacher-taps-x") {}
      }
      #expect(try place.context(heard).withCache("teacher-taps-x") { 7 } == 7)
      #expect(heard.notes.count == 1)
      #expect(heard.notes.first?.contains("in use by process \(getpid())") == true)
    }
  }
}
