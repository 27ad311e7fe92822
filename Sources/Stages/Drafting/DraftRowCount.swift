import Files
import Text

/// How many training rows there are, where they are few.
enum DraftRowCount {
  /// From so many on the usual passes are steps enough.
  private static let most = 20_000

  /// A number of rows where it is small; nil where they are many.
  static func few(_ rows: Int) -> Int? { rows < most ? rows : nil }

  /// Training rows of a pipeline, of its benchmark's folder too.
  ///
  /// - Throws: `FileError` if the file cannot be read; `StageError` if the folder has none.
  static func of(_ request: DraftRequest) throws -> Int? {
    guard let glue = request.glue.flatMap(GlueTask.init(rawValue:)), isFolder(request.train) else {
      return try of(request.train)
    }
    let files = try GlueFolder.files(of: glue, in: request.train)
    return try files.first { $0.split == "train" }.flatMap { try of($0.path) }
  }

  /// Rows of a file, about: lines, objects, sentences with tags, or questions of a document; nil where there are
  /// many, or none can be told.
  ///
  /// - Throws: `FileError` if it cannot be read.
  static func of(_ path: String) throws -> Int? {
    guard !isFolder(path) else { return nil }
    if try JSONForm.named(by: path) == .questions { return questions(of: path) }
    guard let format = try? RowFormat(ofFile: path) else { return nil }
    var rows = 0
    if format == .jsonl {
      let objects = try JSONObjects(path)
      while try objects.next() != nil {
        rows += 1
        guard rows < most else { return nil }
      }
      return rows
    }
    let reader = try LineReader(path)
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

  /// What is wrong with a document, its reader says where it counts.
  private static func questions(of path: String) -> Int? {
    guard let reader = try? SquadReader(path, readsAnswers: false) else { return nil }
    var rows = 0
    while (try? reader.next()) ?? nil != nil {
      rows += 1
      guard rows < most else { return nil }
    }
    return rows
  }
}
