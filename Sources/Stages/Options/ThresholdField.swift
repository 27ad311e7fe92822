import Pipelines
import Tasks

/// The option for tasks that answer with any number of labels.
enum ThresholdField {
  /// Its declaration.
  static let field = OptionField(
    "threshold", .real(0...1), default: nil,
    help: "probability from which on a label is answered (multi-label; 0.5)")

  /// The task with the threshold that the options name.
  ///
  /// - Throws: `TaskError` where the task has none.
  @discardableResult
  static func task(_ task: any RowTask, _ options: OptionValues) throws -> any RowTask {
    guard options.names.contains(field.name), let threshold = options.optionalReal(field.name)
    else { return task }
    return try task.answering(from: threshold)
  }
}
