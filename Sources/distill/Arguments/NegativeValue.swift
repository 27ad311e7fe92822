import ArgumentParser
import Pipelines

/// A negative number after an option: the argument parser takes it for options of one letter, and says that
/// the value is missing, which is given.
enum NegativeValue {
  /// What is wrong with a command line: that a value is negative, else what the parser said.
  ///
  /// - Parameters:
  ///   - error: What ended the command.
  ///   - words: The command line after the program's name.
  /// - Returns: What to tell.
  static func instead(of error: any Error, _ words: [String]) -> any Error {
    guard Distill.isParserError(error) else { return error }
    let (start, message) = ("Missing value for '", Distill.message(for: error))
    guard message.hasPrefix(start) else { return error }
    let name = String(message.dropFirst(start.count).prefix { $0 != " " && $0 != "'" })
    let value = zip(words, words.dropFirst()).first { $0.0 == name && isNegative($0.1) }?.1
    guard let value else { return error }
    return PipelineError(
      .usage, at: name,
      "'\(value)' is negative; give a number that is not")
  }

  /// Whether a word is a number below 0, or a time such as `-3d`.
  private static func isNegative(_ word: String) -> Bool {
    let rest = word.dropFirst()
    return word.hasPrefix("-") && rest.first?.isASCII == true && rest.first?.isNumber == true
      && rest.allSatisfy { $0.isASCII && ($0.isNumber || $0.isLetter || $0 == ".") }
  }
}
