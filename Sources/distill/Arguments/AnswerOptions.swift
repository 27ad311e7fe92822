import ArgumentParser
import Stages

/// How a model that answers questions looks for answers in texts.
struct AnswerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Show so many candidates beside each answer.", valueName: "count"))
  var nBest: Int?

  @Option(
    help: ArgumentHelp(
      "Beginnings and ends of answers that are looked at (20).", valueName: "count"))
  var nBestSize: Int?

  @Option(help: ArgumentHelp("Most tokens of an answer (30).", valueName: "tokens"))
  var maxAnswerLength: Int?

  // A number below 0 is none of the parser's options.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Say that there is no answer where that scores better by more than this.",
      valueName: "number"))
  var nullScoreDiffThreshold: Double?

  @Option(help: ArgumentHelp("Most tokens of a window of a long text (384).", valueName: "tokens"))
  var maxSeqLength: Int?

  @Option(
    help: ArgumentHelp(
      "Tokens that a window repeats of the one before (128).", valueName: "tokens"))
  var docStride: Int?

  func validate() throws {
    let counts = [
      ("--n-best", nBest, 1), ("--n-best-size", nBestSize, 1),
      ("--max-answer-length", maxAnswerLength, 1), ("--max-seq-length", maxSeqLength, 8),
      ("--doc-stride", docStride, 0),
    ]
    for (name, value, least) in counts {
      if let value, !(least...100_000).contains(value) {
        throw ValidationError("\(name) is \(value); take \(least) to 100000")
      }
    }
    if let threshold = nullScoreDiffThreshold, !(-1e6...1e6).contains(threshold) {
      throw ValidationError("--null-score-diff-threshold is \(threshold); take -1e6 to 1e6")
    }
  }

  /// What they ask for.
  var settings: AnswerSettings {
    var settings = AnswerSettings()
    settings.shownCandidates = nBest
    settings.nBestSize = nBestSize
    settings.maxAnswerLength = maxAnswerLength
    settings.nullScoreDifference = nullScoreDiffThreshold
    settings.maxSequenceLength = maxSeqLength
    settings.docStride = docStride
    return settings
  }
}
