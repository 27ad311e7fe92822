internal import Files

/// Files as fastText takes them: a line has its labels, each behind `__label__`, before its text.
enum FastText {
  /// What a label begins with.
  static let mark = "__label__"

  /// Refuses a line of such a file.
  ///
  /// - Throws: `TextError` with the command that makes a table of it.
  static func refuse(_ text: String, line: Int, of path: String) throws {
    guard text.hasPrefix(mark) else { return }
    throw TextError(
      path, line: line,
      "begins with __label__, as fastText writes labels; write columns, as \(command(path)) does")
  }

  /// The command of a shell that makes a table of such a file, several labels between commas.
  static func command(_ path: String) -> String {
    let (file, table) = (shellQuoted(path), shellQuoted(path + ".tsv"))
    let joined = #":a;s/^(__label__[^[:space:]]+)[[:space:]]+__label__/\1,/;ta"#
    let parted = #"s/^__label__//;s/[[:space:]]+/\t/"#
    return
      #"(printf 'label\ttext\n' && sed -E '\#(joined);\#(parted)' \#(file)) > \#(table)"#
  }
}

/// A file's name as a shell takes it.
func shellQuoted(_ path: String) -> String {
  printable(
    "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
      + "'")
}
