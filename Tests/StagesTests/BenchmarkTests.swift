import Compute
import Foundation
import Pipelines
import TestSupport
import Testing
import Training

@testable import Benchmarks
@testable import Stages

@Suite struct BenchmarkTests {
  /// Sizes written down once more, for counting by hand.
  private struct Sizes {
    let layers: Int
    let channels: Int
    let inner: Int

    /// Multiplications of a layer's four linear maps, per token, twice.
    var layer: Int { 2 * (4 * channels * channels + 2 * channels * inner) }
    /// Operations of a head's pair of products over a sequence, all heads together.
    func attention(_ length: Int) -> Int { 2 * 2 * length * length * channels }
  }
  private static let student = Sizes(layers: 3, channels: 312, inner: 1200)
  private static let teacher = Sizes(layers: 6, channels: 384, inner: 1536)

  private func figures(
    _ phase: TrainingBenchmark.Phase, teacher: String = "minilm-6l-384",
    task: String = "classification"
  ) throws -> TrainingFigures {
    var settings = TrainingBenchmark.Settings(teacher: teacher, student: "tinybert-3l-312")
    settings.task = task
    settings.batch = 3
    settings.length = 10
    settings.threads = 1
    settings.steps = 2
    settings.warmup = 0
    return try TrainingBenchmark(phase, settings).run()
  }

  @Test func `the products of a general step are those of the formula`() throws {
    let figures = try figures(.general)
    let (student, teacher) = (Self.student, Self.teacher)
    let (tokens, sequences) = (3 * 10, 3)
    // Forward once, backward twice. The teacher only looks.
    let encoder =
      student.layers * (3 * tokens * student.layer + 3 * sequences * student.attention(10))
    let looked = teacher.layers * (tokens * teacher.layer + sequences * teacher.attention(10))
    // The projection of the states 0 to 3, trained.
    let projection = 4 * 3 * 2 * tokens * student.channels * teacher.channels
    for step in figures.steps {
      #expect(step.products.flops == encoder + looked + projection)
      #expect(step.tokens == tokens)
    }
    let forward = ProductRecord.Shape(.forward, m: tokens, k: 312, n: 3 * 312)
    #expect(figures.steps[0].products.counts[forward] == student.layers)
    let weight = ProductRecord.Shape(.weightGradient, m: tokens, k: 1200, n: 312)
    #expect(figures.steps[0].products.counts[weight] == student.layers)
    let input = ProductRecord.Shape(.inputGradient, m: tokens, k: 312, n: 384)
    #expect(figures.steps[0].products.counts[input] == 4)
  }

  @Test func `the intermediate phase adds the teacher's classifier`() throws {
    let general = try figures(.general).steps[0].products.flops
    let intermediate = try figures(.intermediate).steps[0].products.flops
    let channels = Self.teacher.channels
    #expect(intermediate - general == 2 * 3 * (channels * channels + channels * 2))
  }

  @Test func `a step with a cached teacher is the student's alone, for the stage's epochs`() throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write(String(repeating: "the film is bad .\n", count: 6), to: folder + "/text.txt")
      var settings = TrainingBenchmark.Settings(
        teacher: world.artifact("teacher"), student: world.artifact("general_student"))
      settings.text = folder + "/text.txt"
      settings.batch = 3
      settings.length = 32
      settings.steps = 2
      settings.warmup = 0
      settings.cachesTeacher = true
      let benchmark = try TrainingBenchmark(.intermediate, settings)
      let figures = try benchmark.run()
      // One layer; its two states are projected to the teacher's width.
      let student = Sizes(layers: 1, channels: 16, inner: 32)
      let (tokens, sequences) = (3 * 7, 3)
      let encoder = 3 * (tokens * student.layer + sequences * student.attention(7))
      let projection = 2 * 3 * 2 * tokens * 16 * 32
      for step in figures.steps { #expect(step.products.flops == encoder + projection) }
      let cache = try #require(figures.cache)
      #expect(cache.tokens == 6 * 7)
      let stage = try OptionValues(flags: [], fields: IntermediateStage.fields)
      #expect(cache.epochs == stage.real("num_train_epochs"))
      #expect(figures.tokensPerSecond < figures.stepTokensPerSecond)
      #expect(throws: BenchmarkInterruption.self) { try benchmark.run(isInterrupted: { true }) }

      settings.cachesTeacher = false
      let running = try TrainingBenchmark(.intermediate, settings).run()
      #expect(running.cache == nil)
      #expect(running.tokensPerSecond == running.stepTokensPerSecond)
    }
  }

  @Test func `a prediction step is the student's alone, its last layer at first tokens`() throws {
    let (student, tokens, sequences) = (Self.student, 3 * 10, 3)
    // In the last layer all tokens have keys and values; the first ones alone ask and go on.
    let keysValues = 2 * 2 * student.channels * student.channels
    let whole = (student.layers - 1) * (tokens * student.layer + sequences * student.attention(10))
    let last =
      tokens * keysValues + sequences * (student.layer - keysValues)
      + sequences * student.attention(10) / 10
    let encoder = 3 * (whole + last)
    let channels = student.channels
    let classifier = 3 * 2 * sequences * (channels * channels + channels * 2)
    #expect(try figures(.prediction).steps[1].products.flops == encoder + classifier)
  }

  @Test(arguments: [
    (TrainingBenchmark.Phase.prediction, "token-classification", 13),
    (.finetune, "token-classification", 13), (.prediction, "question-answering", 2),
    (.finetune, "question-answering", 2),
  ])
  func `steps of tasks of tokens are the whole student under a head of every token`(
    phase: TrainingBenchmark.Phase, task: String, outputs: Int
  ) throws {
    let (student, tokens, sequences) = (Self.student, 3 * 10, 3)
    let encoder =
      3 * student.layers * (tokens * student.layer + sequences * student.attention(10))
    let head = 3 * 2 * tokens * student.channels * outputs
    let figures = try figures(
      phase, teacher: phase == .finetune ? "tinybert-3l-312" : "minilm-6l-384", task: task)
    #expect(figures.steps[1].products.flops == encoder + head)
  }

  @Test func `a task that is not timed is refused by name`() throws {
    let error = #expect(throws: StageError.self) { try figures(.prediction, task: "regression") }
    #expect(
      error?.description.contains(
        "'regression' is not timed; take one of classification, token-classification") == true)
    let other = #expect(throws: StageError.self) { try figures(.finetune) }
    #expect(other?.description.contains("the answers of classification are not drawn") == true)
  }

  @Test func `products are listed for one step, and their operations add up to its own`() throws {
    let figures = try figures(.general)
    let sum = figures.products.reduce(0) { $0 + $1.shape.flops * $1.count }
    #expect(sum == figures.medianStep?.products.flops)
    let works = figures.products.map { $0.shape.flops * $0.count }
    #expect(works == works.sorted(by: >))
    #expect(figures.gflops > 0 && figures.matrixPeak > 0)
    #expect(figures.seconds == figures.steps[0].seconds + figures.steps[1].seconds)
  }

  @Test func `counting products changes no bit`() {
    let bits = { (record: ProductRecord?) in
      let context = ComputeContext(threads: 2)
      context.productRecord = record
      let matrix = Matrix(rows: 40, columns: 40, values: (0..<1600).map { Float($0 % 37) - 18 })
      let result = Matrix(rows: 40, columns: 40)
      context.multiply(matrix, matrix, into: result, transposingA: true)
      return (result.values(), context.productRecord)
    }
    let (plain, none) = bits(nil)
    let (counted, record) = bits(ProductRecord())
    #expect(plain == counted)
    #expect(none == nil)
    #expect(record?.counts == [.init(.weightGradient, m: 40, k: 40, n: 40): 1])
  }

  @Test func `the median is the middle element, of an even count the lower`() {
    #expect([Int]().median == nil)
    #expect([7].median == 7)
    #expect([9, 1, 5].median == 5)
    #expect([4, 3, 1, 2].medianIndex == 3)
  }

  @Test func `peak memory grows with what is touched, and is this program's alone`() throws {
    let before = try #require(PeakMemory.bytes)
    let matrix = Matrix(rows: 4096, columns: 16_384)
    matrix.fill(1)
    let after = try #require(PeakMemory.bytes)
    #expect(after >= matrix.count * 4)
    #expect(after >= before)
  }

  @Test func `drawn ids depend on the seed and stay within the vocabulary`() {
    let examples = BenchmarkExamples.drawn(count: 5, length: 7, vocabularySize: 11, seed: 1)
    #expect(examples.offsets == [0, 7, 14, 21, 28, 35])
    #expect(examples.ids.allSatisfy { (0..<11).contains($0) })
    #expect(Set(examples.ids).count > 5)
    let again = BenchmarkExamples.drawn(count: 5, length: 7, vocabularySize: 11, seed: 1)
    let other = BenchmarkExamples.drawn(count: 5, length: 7, vocabularySize: 11, seed: 2)
    #expect(examples.ids == again.ids)
    #expect(examples.ids != other.ids)
  }
}
