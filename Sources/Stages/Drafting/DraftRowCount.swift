import Files
import Text

/// How many training rows there are, where they are few.
enum DraftRowCount {
  /// From so many on the usual passes are steps enough.
  private static let most = 20_000

  /// Rows of a file, about: lines, or sentences with tags; nil where there are many, or where it takes
  /// more to count them.
  ///
  /// - Throws: `FileError` if it cannot be read.
  static func of(_ path: String) throws -> Int? {
    guard !isFolder(path), let format = try? RowFormat(ofFile: path) else { return nil }
    let reader = try LineReader(path)
    var rows = 0
    var isInside = false
    while let (_, text) = try reader.next() {
      let isBlank = text.allSatisfy(\.isWhitespace)
      // Tags have a word a line and a blank line after a sentence.
      if format == .conll ? !isBlank && !isInside : !isBlank { rows += 1 }
      isInside = !isBlank
      guard rows < most else { return nil }
    }
    return rows
  }
}
