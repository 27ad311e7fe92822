internal import Files

/// Text, a vocabulary or a tokenizer's files that cannot be used as they are.
///
/// The description is one line: the place, what is wrong there, and the cure.
public struct TextError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file, with the line where there is one, as `file:line`.
  public let place: String
  /// What is wrong and what helps.
  public let detail: String

  /// An error about a place.
  public init(_ place: String, _ detail: String) {
    self.place = place
    self.detail = detail
  }

  /// An error about a line of a file.
  public init(_ path: String, line: Int, _ detail: String) {
    self.init("\(path):\(line)", detail)
  }

  /// The same, where rows of some files are numbered by their places in a list and not by lines.
  package func countingObjects(of lists: [String]) -> TextError {
    guard let list = lists.first(where: { place.hasPrefix($0 + ":") }) else { return self }
    let number = place.dropFirst(list.count + 1)
    guard !number.isEmpty, number.allSatisfy(\.isNumber) else { return self }
    let told = detail.replacing(#/\bline (\d)/#) { "object \($0.1)" }
    return TextError("\(list): object \(number)", told)
  }

  /// `place: detail`, control characters made visible.
  public var description: String { "\(printable(place)): \(printable(detail))" }
}
