import Files
import Pipelines
import Tasks
import Text

/// The column that names the teacher which each row is to be asked of.
enum TeacherColumn {
  /// Its declaration.
  static let field = OptionField(
    "teacher_column", .text, default: nil,
    help: "column that names one of several teachers: the one that a row is asked of (prediction)")

  /// Refuses the option for rows that have no such columns.
  ///
  /// - Throws: `StageError`.
  static func check(_ options: OptionValues, for task: any RowTask, glue: GlueTask?) throws {
    guard options.optionalText(field.name) != nil else { return }
    guard glue == nil, !task.answersAreInText, !task.readsWords, !task.readsRawText else {
      throw StageError.usage(
        field.name,
        glue == nil
          ? "given for \(task.name), whose files have no such column"
          : "given beside glue, which fixes the columns", cure: "leave the option out")
    }
  }

  /// Refuses a row that names no teacher where its file is to name one for each.
  ///
  /// - Throws: `TextError` with the line.
  static func require(_ row: LabelledRow, column: String?, of path: String) throws {
    guard let column, row.teacherName?.isEmpty != false else { return }
    throw TextError(
      "\(path):\(row.line)",
      "names no teacher under '\(printable(String(column.prefix(60))))'; name one in every row, or "
        + "leave --teacher-column out")
  }
}
