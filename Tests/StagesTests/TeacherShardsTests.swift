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

  private func cache(
    _ context: StageContext, _ type: String, _ runner: TeacherRunner, tokenizerOf path: String,
    bytesPerShard: Int
  ) throws -> TeacherTapCache {
    let origin = TeacherOrigin(
      context, tokenizer: try ModelSource(path).tokenizer, data: "corpus", maxSequenceLength: 32,
      on: ComputeContext(threads: 1))
    let options = try OptionValues(
      flags: [("cache-teacher", "true"), ("cache-teacher-type", type)],
      fields: TeacherCacheFields.table)
    var cache = try #require(
      try TeacherTapCache(context, options, origin: origin, taps: Self.taps))
    cache.bytesPerShard = bytesPerShard
    return cache
  }

  @Test(arguments: ["fp32", "bf16"])
  func `A cache of layers that was stopped is the same to the bit, whatever befell its shards`(
    type: String
  ) throws {
    let path = try FinishedWorld.shared().folder + "/encoder"
    let bytes = type == "fp32" ? 1 << 20 : 1 << 19
    try withTemporaryFolder { folder in
      let whole = place(folder + "/whole")
      let heard = StoppedStage.Heard()
      let runner = try runner(path)
      let context = try whole.context(heard)
      let source = try cache(context, type, runner, tokenizerOf: path, bytesPerShard: bytes)
        .source(runner, examples: examples)
      let expected = shards(whole.cacheFolder)
      #expect(expected.count > 5)
      let size = try expected.reduce(0) { try $0 + Disk.bytes($1).count }
      #expect(heard.notes.contains { $0.contains("teacher cache: \(size.byteSize) for 1,500") })
      let taps = try everything(source)
      // One shard holds the same.
      let one = place(folder + "/one")
      let single = try cache(
        try one.context(), type, runner, tokenizerOf: path, bytesPerShard: 1 << 40
      ).source(runner, examples: examples)
      #expect(shards(one.cacheFolder).count == 1)
      #expect(try everything(single) == taps)

      for (number, damage) in Damage.allCases.enumerated() {
        let cut = place("\(folder)/\(number)")
        let cached = cut.cacheFolder
        let stopped = try cut.context { shards(cached).count >= 4 }
        #expect(throws: StageInterruption.self) {
          try cache(stopped, type, runner, tokenizerOf: path, bytesPerShard: bytes)
            .source(runner, examples: examples)
        }
        let made = shards(cached)
        #expect(made.count == 4)
        try damage.befall(made[1])
        let kept = damage == .none ? 4 : 1
        let signatures = try made[..<kept].map(statSignature)
        let heard = StoppedStage.Heard()
        let other = try self.runner(path, threads: 1)
        let resumed = try cache(
          try cut.context(heard), type, other, tokenizerOf: path, bytesPerShard: bytes
        ).source(other, examples: examples)
        #expect(
          heard.notes.contains { $0.contains("resumed: \(kept) of \(expected.count) shards") })
        #expect(try shards(cached).map(Disk.bytes) == expected.map(Disk.bytes), "\(damage)")
        #expect(try made[..<kept].map(statSignature) == signatures)
        #expect(try everything(resumed) == taps)
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

  @Test func `A shard that is replaced after it was checked is not read`() throws {
    let path = try FinishedWorld.shared().folder + "/encoder"
    try withTemporaryFolder { folder in
      let runner = try runner(path)
      let source = try cache(
        try place(folder).context(), "fp32", runner, tokenizerOf: path, bytesPerShard: 1 << 20
      ).source(runner, examples: examples)
      let second = shards(folder + "/cache")[1]
      let bytes = try Disk.bytes(second)
      try removeFile(second)
      try bytes.write(to: URL(fileURLWithPath: second))
      let error = #expect(throws: StageError.self) { try everything(source) }
      #expect(error?.description.hasPrefix(second + ": was changed") == true)
    }
  }

  @Test func `Logits that were stopped are the same to the bit, whatever befell their shards`()
    throws
  {
    let path = try FinishedWorld.shared().artifact("teacher")
    let origin = TeacherLogitsOrigin(
      teacher: "t", teacherLabels: ["a", "b"], tokenizerDigest: "d", dataset: "r",
      precision: "fp32", maxSequenceLength: 32, labels: ["a", "b"])
    let cache = { (context: StageContext) in
      var cache = try TeacherLogitCache(context, origin: origin)
      cache.rowsPerShard = 100  // less than a batch: every batch is a shard
      return cache
    }
    try withTemporaryFolder { folder in
      let runner = try runner(path)
      let whole = place(folder + "/whole")
      let expected = try cache(whole.context()).logits(runner, of: examples)
      let files = { (place: StoppedStage) in
        try Disk.files(place.cacheFolder).filter { $0.hasSuffix(".h5") }.map {
          try Disk.bytes(place.cacheFolder + "/" + $0)
        }
      }
      #expect(shards(whole.cacheFolder).isEmpty)
      // The predictor takes the same batches.
      let predicted = try Predictor(
        runner.model, weights: runner.weights, on: ComputeContext(threads: 1)
      ).logits(of: examples)
      #expect(expected == predicted)
      for (number, damage) in Damage.allCases.enumerated() {
        let cut = place("\(folder)/\(number)")
        let cached = cut.cacheFolder
        let stopped = try cut.context { shards(cached).count >= 3 }
        #expect(throws: StageInterruption.self) {
          try cache(stopped).logits(runner, of: examples)
        }
        let made = shards(cached)
        #expect(made.count == 3)
        try damage.befall(made[2])
        let heard = StoppedStage.Heard()
        let other = try self.runner(path, threads: 1)
        let resumed = try cache(cut.context(heard)).logits(other, of: examples)
        let kept = damage == .none ? 3 : 2
        #expect(heard.notes.contains { $0.contains("teacher logits: resumed: \(kept) of ") })
        #expect(resumed == expected, "\(damage)")
        #expect(try files(cut) == files(whole))
        #expect(shards(cached).isEmpty && leftovers(cached).isEmpty)
        // Killed between the artifact and the removal of its shards.
        try Data([1]).write(to: URL(fileURLWithPath: made[0]))
        #expect(try cache(cut.context()).logits(other, of: examples) == expected)
        #expect(shards(cached).isEmpty)
      }
    }
  }

  @Test func `Two stages that want one cache take turns`() throws {
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
