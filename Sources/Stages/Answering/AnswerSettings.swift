import Tasks

/// How `distill predict` looks for answers in texts.
public struct AnswerSettings: Sendable {
  /// Candidates shown beside each answer.
  public var shownCandidates: Int?
  /// Beginnings and ends of answers that are looked at; the usual 20 if nil.
  public var nBestSize: Int?
  /// Most tokens of an answer; the usual 30 if nil.
  public var maxAnswerLength: Int?
  /// By how much no answer must score better than the best one; nil where every question has one.
  public var nullScoreDifference: Double?
  /// Most tokens of a window; the usual 384 if nil.
  public var maxSequenceLength: Int?
  /// How many tokens a window repeats of the one before; the usual 128 if nil.
  public var docStride: Int?

  /// The usual settings.
  public init() {}

  /// The search that they ask for.
  var search: AnswerSearch {
    var search = AnswerSearch()
    search.shownCandidates = shownCandidates ?? 0
    search.nBestSize = max(nBestSize ?? search.nBestSize, search.shownCandidates)
    search.maxAnswerLength = maxAnswerLength ?? search.maxAnswerLength
    search.nullScoreDifference = nullScoreDifference
    return search
  }

  /// The lengths of a model's sequences.
  ///
  /// - Parameters:
  ///   - task: What the model does.
  ///   - limit: The most tokens that it reads.
  /// - Returns: The lengths.
  /// - Throws: `StageError` where settings are given that are not for the task, or lead nowhere.
  func lengths(for task: any RowTask, limit: Int) throws -> SequenceLengths {
    guard task.answersAreInText else {
      let given = [
        ("--n-best", shownCandidates != nil), ("--n-best-size", nBestSize != nil),
        ("--max-answer-length", maxAnswerLength != nil),
        ("--null-score-diff-threshold", nullScoreDifference != nil),
        ("--max-seq-length", maxSequenceLength != nil), ("--doc-stride", docStride != nil),
      ].filter(\.1).map(\.0)
      if let first = given.first {
        throw StageError.usage(
          first, "says how answers are looked for in a text, to a model of \(task.name)",
          cure: "leave \(given.joined(separator: ", ")) out")
      }
      return SequenceLengths(longest: limit)
    }
    return try AnswerFields.lengths(
      min(limit, maxSequenceLength ?? AnswerFields.usualWindow), overlap: docStride, for: task)
  }
}
