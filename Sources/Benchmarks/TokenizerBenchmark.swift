import Artifacts
import Files
import Foundation
import Text

/// Times a tokenizer on the texts of a file, on one thread.
public struct TokenizerBenchmark {
  private let model: String
  private let path: String
  private let tokenizer: Tokenizer
  private let texts: [String]
  /// The file is tokenized again until so many seconds have passed.
  private let seconds: Double

  /// Opens the tokenizer and reads the whole file.
  ///
  /// - Throws: What is wrong with either.
  public init(model: String, text: String, seconds: Double = 2) throws {
    self.model = model
    path = text
    self.seconds = seconds
    tokenizer = try ModelSource.tokenizer(of: model)
    texts = try BenchmarkExamples.texts(of: text)
  }

  /// Tokenizes; the figures are those of the median round.
  ///
  /// - Parameter isInterrupted: Asked between rounds.
  /// - Returns: The figures.
  /// - Throws: `BenchmarkInterruption` when asked to stop.
  public func run(isInterrupted: () -> Bool = { false }) throws -> BenchmarkReport {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var rounds: [Double] = []
    var tokens = 0
    repeat {
      if isInterrupted() { throw BenchmarkInterruption() }
      let start = clock.now
      tokens = 0
      for text in texts { tokens += tokenizer.encode(text).ids.count }
      rounds.append((clock.now - start) / .seconds(1))
    } while clock.now < end
    let time = max(rounds.median ?? 0, 1e-9)
    let bytes = texts.reduce(0) { $0 + $1.utf8.count }
    return BenchmarkReport(
      facts: [
        ("lines", texts.count.grouped), ("tokens", tokens.grouped),
        ("rounds", "\(rounds.count)"), ("lines/s", Int(Double(texts.count) / time).grouped),
        ("tokens/s", Int(Double(tokens) / time).grouped),
        ("MB/s", String(format: "%.1f", Double(bytes) / time / 1e6)),
      ],
      document: JSONObject([
        ("benchmark", .string("tokenize")), ("model", .string(model)), ("text", .string(path)),
        ("threads", .integer(1)), ("version", .string(ProgramVersion.number)),
        ("lines", .integer(texts.count)), ("tokens", .integer(tokens)),
        ("bytes", .integer(bytes)), ("rounds", .integer(rounds.count)), ("seconds", .real(time)),
        ("lines_per_second", .real(Double(texts.count) / time)),
        ("tokens_per_second", .real(Double(tokens) / time)),
        ("megabytes_per_second", .real(Double(bytes) / time / 1e6)),
      ]))
  }
}
