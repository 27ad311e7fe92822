internal import Files

/// One example as a file has it.
public struct LabelledRow: Sendable, Hashable {
  /// The text, or the first of two.
  public var text: String
  /// The second text, where the file has pairs.
  public var pair: String?
  /// The text as the words that it was given as; empty where it was given whole.
  public var words: [String] = []
  /// Whether every word has a line of its own.
  var wordsHaveLines = false
  /// The lines of the words, where they do not follow one another; empty otherwise.
  var wordLines: [Int] = []
  /// What is right for it.
  public var answer: RowAnswer
  /// What a teacher answered for it, where the file says so and the layout asks for it.
  public var teacher: TeacherAnswer?
  /// Name of the teacher that it is to be asked of, where the layout asks for it.
  public var teacherName: String?
  /// What the file calls the row, where it has a column for that.
  public var id: String?
  /// The line the row starts on, or its place in a list, counted from 1.
  public var line: Int

  /// Makes a row.
  public init(
    text: String, pair: String? = nil, label: String? = nil, id: String? = nil, line: Int
  ) {
    self.init(
      text: text, pair: pair, answer: label.map { .label($0) } ?? .none, id: id, line: line)
  }

  /// Makes a row with any answer.
  public init(
    text: String, pair: String? = nil, answer: RowAnswer, teacher: TeacherAnswer? = nil,
    id: String? = nil, line: Int
  ) {
    self.text = text
    self.pair = pair
    self.answer = answer
    self.teacher = teacher
    self.id = id
    self.line = line
  }

  /// The label as written, empty where the row leaves it out; nil where there is no place for one.
  public var label: String? {
    if case .label(let label) = answer { label } else { nil }
  }
}

/// How a file holds its rows.
public enum RowFormat: String, Sendable, Hashable, Codable, CaseIterable {
  /// Columns between tabs; a quotation mark is an ordinary character unless `Quoting` says otherwise.
  case tsv
  /// Columns between commas, quoted as RFC 4180 says unless `Quoting` says otherwise.
  case csv
  /// A JSON object a line, or a list of them under a name that ends in `.json`.
  case jsonl
  /// One text a line.
  case txt
  /// A word and its tag a line, a blank line after each sentence.
  case conll

  /// Other endings of files of words and tags.
  private static let wordEndings = ["bio", "iob", "iob2", "conllu", "conllup"]

  /// The format that a file's name ends with, the ending that a packer gives aside: `rows.tsv.gz`.
  ///
  /// Of `.json`, which is given to lines, to lists and to documents, the contents tell.
  ///
  /// - Throws: `TextError` for any other ending, and for another document; `FileError` where that cannot be read.
  public init(ofFile path: String) throws {
    guard !isFolder(path) else { throw TextError(path, "is a folder; give a file of rows") }
    let ending = try Self.ending(of: path)
    if ending == "json" {
      guard try !fileExists(path) || [.lines, .list].contains(JSONForm.named(by: path)) else {
        throw TextError(
          path,
          "is one JSON document; write an object a line (.jsonl), or give --task question-answering if "
            + "it is SQuAD's")
      }
      self = .jsonl
      return
    }
    if ending == "txt", let table = try Self.tableBehindText(path) {
      throw TextError(
        path,
        "ends in .\(table).txt; give --format \(table), or --format txt if each line is a text")
    }
    guard let ending,
      let format = Self.wordEndings.contains(ending) ? .conll : RowFormat(rawValue: ending)
    else {
      throw TextError(
        path,
        "the name does not end in .tsv, .csv, .jsonl, .txt or .conll; "
          + (Self.isOtherTable(path)
            ? "save its rows as .csv or .jsonl" : "rename the file, or give --format"))
    }
    self = format
  }

  /// The format that stands before `.txt` in a file's name, as where a system hides endings; nil for none.
  private static func tableBehindText(_ path: String) throws -> String? {
    try endings(of: path).dropFirst().dropLast().last.flatMap {
      ["tsv", "csv", "jsonl"].contains($0) ? $0 : nil
    }
  }

  /// Whether a file's name says that it is a table that is no text.
  package static func isOtherTable(_ path: String) -> Bool {
    let endings = [".parquet", ".arrow", ".feather", ".xlsx", ".xls", ".ods", ".pkl"]
    return endings.contains { path.lowercased().hasSuffix($0) }
  }

  /// The last ending of a file's name in small letters, that of a packer aside; nil where it has none.
  ///
  /// - Throws: `TextError` for a packer's that is not read here.
  public static func ending(of path: String) throws -> String? { try endings(of: path).last }

  private static func endings(of path: String) throws -> [String] {
    let name = path.split(separator: "/").last ?? ""
    var endings = name.split(separator: ".").map { $0.lowercased() }
    if let last = endings.last, Packing.endings.contains(last) { endings.removeLast() }
    if let last = endings.last, Packing.foreignEndings.contains(last) {
      throw TextError(
        path, "is packed in a way that is not read here; unpack it, or pack it with gzip or zstd")
    }
    return endings
  }
}
