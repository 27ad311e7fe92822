import Pipelines
import Tasks

/// How answers are looked for in texts: options of whatever cuts texts into windows, and of whatever
/// chooses among their stretches.
enum AnswerFields {
  /// Longest sequence of tasks that have one a row.
  private static let usualLength = 128
  /// The same where long texts are cut into windows, as in Hugging Face's `run_qa.py`.
  static let usualWindow = 384

  /// How an answer is chosen.
  static let search = [
    OptionField(
      "n_best_size", .integer(1...1000), default: nil,
      help: "beginnings and ends of answers that are looked at (20)"),
    OptionField(
      "max_answer_length", .integer(1...100_000), default: nil,
      help: "most tokens of an answer (30)"),
    OptionField(
      "null_score_diff_threshold", .real(-1e6...1e6), default: nil,
      help:
        "how much better no answer must score than the best one (0 where some questions have none)"
    ),
  ]

  /// Refuses options of a search where nothing is looked for.
  ///
  /// - Throws: `StageError` naming the first.
  static func check(_ options: OptionValues, for task: any RowTask) throws {
    guard !task.answersAreInText, let given = search.first(where: { options[$0.name] != .null })
    else { return }
    throw StageError.usage(
      given.name, "given for \(task.name), which looks for no answers in texts",
      cure: "leave the option out")
  }

  /// The search that the options ask for.
  static func search(_ options: OptionValues, from usual: AnswerSearch) -> AnswerSearch {
    var search = usual
    search.nBestSize = options.optionalInteger("n_best_size") ?? search.nBestSize
    search.maxAnswerLength = options.optionalInteger("max_answer_length") ?? search.maxAnswerLength
    search.nullScoreDifference =
      options.optionalReal("null_score_diff_threshold") ?? search.nullScoreDifference
    return search
  }

  /// The lengths of a task's sequences.
  ///
  /// - Parameters:
  ///   - longest: What is asked for, if anything.
  ///   - overlap: How much windows are to overlap, if that is asked for.
  ///   - task: The task.
  /// - Returns: The lengths.
  /// - Throws: `StageError` where windows are none of the task's, or would lead nowhere.
  static func lengths(
    _ longest: Int?, overlap: Int?, for task: any RowTask
  ) throws -> SequenceLengths {
    guard task.answersAreInText else {
      guard overlap == nil else {
        throw StageError.usage(
          "doc_stride", "given for \(task.name), which cuts no text into windows",
          cure: "leave the option out")
      }
      return SequenceLengths(longest: longest ?? usualLength)
    }
    let longest = longest ?? usualWindow
    guard longest >= 8 else {
      throw StageError.usage(
        "max_seq_length", "\(longest) tokens leave no room for a question and a text",
        cure: "take 8 or more")
    }
    guard overlap ?? 0 < longest - 3 else {
      throw StageError.usage(
        "doc_stride", "windows of \(longest) tokens cannot overlap by \(overlap ?? 0)",
        cure: "take less than \(longest - 3), or a greater max_seq_length")
    }
    return SequenceLengths(longest: longest, overlap: overlap)
  }
}
