import Artifacts
import Augmentation
import Compute
import Files
import Foundation
import Pipelines
import Stages

/// Times the rewriting of texts with a masked-language model's words, as the stage `augment` does it.
public struct AugmentationBenchmark {
  private let model: String
  private let text: String
  private let options: OptionValues
  private let context: ComputeContext
  private let augmenter: Augmenter
  private let rows: [AugmentationRow]

  /// Loads the model and reads the texts.
  ///
  /// - Parameters:
  ///   - model: A folder or an artifact with a masked-language head.
  ///   - text: A file of texts.
  ///   - rows: The most texts that are read.
  ///   - flags: Options of the stage `augment`; its defaults hold for the others.
  ///   - precision: `auto`, or the name of a precision.
  ///   - threads: Threads; all cores if `nil`.
  ///   - seed: Seed of the draws.
  /// - Throws: `StageError` naming the option that is wrong, and what is wrong with a file.
  public init(
    model: String, text: String, rows: Int, flags: [(name: String, text: String)],
    precision: String, threads: Int?, seed: UInt64
  ) throws {
    try BenchmarkLimits.check("--rows", rows, 1...10_000_000)
    self.model = model
    self.text = text
    options = try OptionValues(flags: flags, fields: AugmentStage.fields)
    context = try BenchmarkLimits.context(threads: threads, precision: precision)
    let source = try ModelSource(model)
    augmenter = Augmenter(
      tokenizer: source.tokenizer,
      contextual: try AugmentStage.candidates(of: source, options: options, on: context),
      lexical: nil, options: AugmentStage.settings(options, seed: seed))
    self.rows = try BenchmarkExamples.texts(of: text, limit: rows).map {
      AugmentationRow(first: $0)
    }
  }

  /// Rewrites the texts once.
  ///
  /// - Parameter isInterrupted: Asked before every slice of rows.
  /// - Returns: The figures.
  /// - Throws: `BenchmarkInterruption` when asked to stop, `AugmentationError`.
  public func run(isInterrupted: () -> Bool = { false }) throws -> BenchmarkReport {
    var statistics = AugmentationStatistics()
    let clock = ContinuousClock()
    let beginning = clock.now
    for start in stride(from: 0, to: rows.count, by: AugmentStage.rowsAtOnce) {
      if isInterrupted() { throw BenchmarkInterruption() }
      let slice = rows[start..<min(start + AugmentStage.rowsAtOnce, rows.count)]
      statistics += try augmenter.augment(rows: slice, startingAt: start).statistics
    }
    let seconds = max((clock.now - beginning) / .seconds(1), 1e-9)
    let memory = PeakMemory.bytes
    // Words that the model answers for; the others cost nothing here.
    let words = statistics.contextualWords
    let rate = Double(words) / seconds
    return BenchmarkReport(
      facts: [
        ("rows", rows.count.grouped), ("rewrites", statistics.rewrites.grouped),
        ("words asked", words.grouped), ("seconds", String(format: "%.2f", seconds)),
        ("words/s", String(format: "%.1f", rate)),
        ("peak memory", memory.map { "\(($0 / 1_000_000).grouped) MB" } ?? "unknown"),
        ("precision", context.precision.rawValue), ("threads", "\(context.threads)"),
      ],
      document: JSONObject([
        ("benchmark", .string("augment")), ("model", .string(model)), ("text", .string(text)),
        ("mlm_context", .string(options.text("mlm_context"))),
        ("masked_share", .real(options.real("masked_share"))),
        ("threads", .integer(context.threads)), ("precision", .string(context.precision.rawValue)),
        ("backend", .string(ComputeContext.backend)), ("version", .string(ProgramVersion.number)),
        ("rows", .integer(rows.count)),
        ("augmented_rows", .integer(rows.count + statistics.rewrites)),
        ("words_asked", .integer(words)), ("seconds", .real(seconds)),
        ("words_per_second", .real(rate)),
        ("peak_rss_bytes", memory.map { .integer($0) } ?? .null),
      ]))
  }
}
