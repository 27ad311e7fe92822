import Tasks
import Text
import Transformer

/// The words that may be said about a draft.
public enum DraftChoices {
  /// Tasks of which a draft can be made.
  public static let tasks = TaskTable.ofRows.filter { !$0.readsRawText }.map(\.name)
  /// Tasks of GLUE.
  public static let glueTasks = GlueTask.allCases.map(\.rawValue)
  /// Presets of students.
  public static let students = ModelConfiguration.presets.map(\.key)
}
