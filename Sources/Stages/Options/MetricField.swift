import Pipelines
import Tasks

/// The option that says which metric decides between models.
enum MetricField {
  /// Its declaration.
  static let field = OptionField(
    "metric", .text, default: nil,
    help: "metric whose intervals and differences are measured (the task's first)")

  /// The name of the metric that the options choose.
  ///
  /// - Parameters:
  ///   - options: The stage's.
  ///   - task: What the models do.
  ///   - labels: How many outputs a model has.
  /// - Returns: the name, that of the task's first metric where none is chosen.
  /// - Throws: `StageError` where the task has no interval of it.
  static func chief(_ options: OptionValues, of task: any RowTask, labels: Int) throws -> String {
    let known = task.resampledMetrics(labels: labels)
    let first = known.first ?? ""
    guard let name = options.optionalText(field.name) else { return first }
    guard known.contains(name) else {
      throw StageError.usage(
        field.name, "\(task.name) has no intervals of '\(name)'",
        cure: known.count > 1
          ? "name one of \(known.joined(separator: ", "))"
          : "name \(first), the only one that has them, or leave the option out")
    }
    return name
  }
}
