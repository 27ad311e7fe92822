import Files
import Foundation
import Pipelines
import Stages
import Tracking

/// Asks for what a pipeline is to be made of, a question a line.
struct Interview {
  /// Shows a question and reads the answer; nil at the end of input.
  let ask: (String) -> String?
  /// Tells a line.
  let tell: (String) -> Void

  /// On this terminal.
  static var onTerminal: Interview {
    Interview(
      ask: { question in
        FileHandle.standardError.write(Data((question + " ").utf8))
        return readLine()
      }, tell: { Output.error($0) })
  }

  /// Whether a person can answer.
  static var isPossible: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  /// Asks for all that is not given yet.
  ///
  /// - Throws: `PipelineError` where input ends before what is needed is said.
  func fill(_ given: inout DraftOptions) throws {
    tell("An empty answer leaves a thing out. Paths are from here.")
    given.teacher = try given.teacher ?? place("The teacher, a model folder:", "--teacher")
    given.train =
      try given.train ?? place("Training rows (tsv, csv, jsonl, conll, txt):", "--train")
    given.dev = try given.dev ?? optionalPlace("Development rows, which score it:")
    given.test = try given.test ?? optionalPlace("Test rows:")
    if given.text.isEmpty {
      given.text = try optionalPlace("Raw text, one sentence a line:").map { [$0] } ?? []
    }
    while given.budget == nil {
      let answer = self.answer("How long may it take (30m, 4h; empty: the usual passes)?") ?? ""
      guard !answer.isEmpty else { break }
      if let seconds = WrittenAmount.seconds(answer), seconds > 0 {
        given.budget = answer
      } else {
        tell("a number with s, m, h, d or w after it, such as 30m or 4h")
      }
    }
  }

  /// The task of rows of which the files do not say it.
  ///
  /// - Throws: `PipelineError` where input ends before it is said.
  func task(_ question: String) throws -> String {
    while let answer = answer(question) {
      if DraftChoices.tasks.contains(answer) { return answer }
      tell("one of \(DraftChoices.tasks.joined(separator: ", "))")
    }
    throw PipelineError(
      .usage, at: "--task", "standard input ended before it was said; give --task NAME")
  }

  private func answer(_ question: String) -> String? {
    ask(question).map { answer in
      var answer = answer[...]
      while answer.last?.isWhitespace == true { answer.removeLast() }
      return String(answer.drop(while: \.isWhitespace))
    }
  }

  /// The path that an answer means: no shell has taken away quotes, or put a home in the place of `~`.
  private func path(_ answer: String) -> String {
    guard !fileExists(answer) else { return answer }
    var path = answer[...]
    for quote: Character in ["'", "\""]
    where path.count > 1 && path.first == quote && path.last == quote {
      path = path.dropFirst().dropLast()
      break
    }
    if path.hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"], !home.isEmpty {
      return home + path.dropFirst()
    }
    return String(path)
  }

  /// A path that is needed.
  private func place(_ question: String, _ flag: String) throws -> String {
    while let answer = answer(question).map(path) {
      if answer.isEmpty {
        tell("it is needed")
      } else if fileExists(answer) || flag == "--teacher" && ModelAddress.isMeant(answer) {
        return answer
      } else {
        tell("\(printable(answer)): there is no such file or folder")
      }
    }
    throw PipelineError(
      .usage, at: flag, "standard input ended before it was said; give \(flag) PATH")
  }

  /// A path, or nothing.
  private func optionalPlace(_ question: String) throws -> String? {
    while let answer = answer(question).map(path), !answer.isEmpty {
      if fileExists(answer) { return answer }
      tell("\(printable(answer)): there is no such file or folder")
    }
    return nil
  }
}
