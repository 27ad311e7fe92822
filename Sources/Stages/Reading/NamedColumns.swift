import Files
import Pipelines
import Text

/// The columns that options name, file by file: what a file lacks and others have is read there under its
/// usual name, and that is said.
struct NamedColumns {
  /// What the user should know, a line each.
  private(set) var notes: [String] = []
  private let options: OptionValues
  /// What is read in place of the name that an option gives, by file and option; nil for nothing.
  private var others: [String: [String: String?]] = [:]

  /// Looks at the names of all files.
  ///
  /// - Parameters:
  ///   - options: The options, of which `text_column`, `pair_column`, `label_column` and `teacher_column` may name columns.
  ///   - files: The files, and the split that each becomes.
  /// - Throws: `TextError` naming a file that has neither the column that others have nor a usual one.
  init(_ options: OptionValues, files: [(split: String, path: String)] = []) throws {
    self.options = options
    guard files.count > 1, options.texts(ReadingFields.columns.name).isEmpty else { return }
    let given = ["text_column", "pair_column", "label_column", "teacher_column"].filter {
      options.names.contains($0) && options[$0] != .null
    }
    guard !given.isEmpty else { return }
    let (format, quoting) = (ReadingFields.format(options), QuotingField.quoting(options))
    let names = files.map {
      RowReader.columnNames(of: $0.path, format: format, quoting: quoting)
    }
    for option in given {
      let name = options.text(option)
      // One that no file has is told when the first of them is read.
      guard let model = names.firstIndex(where: { $0?.contains(name) == true }) else { continue }
      for (file, names) in zip(files, names) {
        guard let names, !names.contains(name) else { continue }
        try look(for: option, name, among: names, of: file, model: files[model].path)
      }
    }
  }

  /// The name that an option gives to a column of a file; nil for the usual ones.
  subscript(_ option: String, _ path: String) -> String? {
    if let other = others[path]?[option] { return other }
    return options.names.contains(option) ? options.optionalText(option) : nil
  }

  /// Decides what is read of a file that lacks a column.
  private mutating func look(
    for option: String, _ name: String, among names: [String],
    of file: (split: String, path: String),
    model: String
  ) throws {
    let usual = usualNames(option)
    let lack =
      "\(file.path): has no column '\(printable(String(name.prefix(60))))', which --\(option.flag) names "
      + "and \(model) has"
    let found = usual.lazy.compactMap { RowLayout.column($0, among: names) }.first
    if let found {
      others[file.path, default: [:]][option] = .some(found)
      notes.append("\(lack): '\(printable(found))' is read")
      return
    }
    guard let without = Self.rows(without: option, in: file.split) else {
      let words = usual.filter { $0 != name }.map { "'\($0)'" }.joined(separator: " and no ")
      throw TextError(
        file.path,
        "has no column '\(printable(String(name.prefix(60))))', which \(model) has\(words.isEmpty ? "" : ", and no ")\(words), only "
          + "\(RowLayout.spoken(names)); call the column alike in all files")
    }
    others[file.path, default: [:]][option] = .some(nil)
    notes.append("\(lack): its rows \(without)")
  }

  /// What rows of a split are without a column, in words; nil where they cannot be.
  private static func rows(without option: String, in split: String) -> String? {
    switch option {
    case "label_column": split == "train" ? nil : "have no labels"
    case "teacher_column": split == "train" ? nil : "name no teacher"
    case "pair_column": ["text", "exclude"].contains(split) ? "are single texts" : nil
    default: nil
    }
  }

  /// What a column is called where nobody names it.
  private func usualNames(_ option: String) -> [String] {
    switch option {
    case "text_column":
      options.names.contains("pair_column") && options["pair_column"] != .null
        ? ["sentence1", "sentence"] : UsualColumns.texts
    case "pair_column": ["sentence2"]
    case "teacher_column": []
    default: ["label"]
    }
  }
}
