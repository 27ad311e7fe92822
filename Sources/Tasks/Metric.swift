import Foundation

/// A measure of how well a model does a task.
public struct Metric: Sendable, Equatable {
  /// Its name, as Hugging Face's `evaluate` has it.
  public let name: String
  /// Whether more of it is better.
  public let greaterIsBetter: Bool
  /// Whether it is a share of a whole, shown in percent.
  public let isShare: Bool

  /// Names a metric.
  public init(_ name: String, greaterIsBetter: Bool = true, isShare: Bool = false) {
    self.name = name
    self.greaterIsBetter = greaterIsBetter
    self.isShare = isShare
  }

  /// A value of it in a message.
  func spoken(_ value: Double) -> String {
    isShare ? String(format: "%.1f %%", value * 100) : String(format: "%.3f", value)
  }
}

/// A mean of metrics, by which a training may choose the best model; reports have the metrics themselves.
public struct MeanMetric: Sendable, Equatable {
  /// It.
  public let metric: Metric
  /// Names of the metrics that it is a mean of.
  public let parts: [String]
}

extension RowTask {
  /// The metric that chooses the best model.
  ///
  /// - Parameters:
  ///   - name: the one that is asked for; the task's first where none is.
  ///   - labels: how many outputs a model has.
  /// - Returns: it, with its direction.
  /// - Throws: `TaskError` listing the task's metrics where it is none of them.
  public func chooser(named name: String?, labels: Int) throws -> Metric {
    let metrics = metrics(labels: labels)
    guard let name else { return metrics[0] }
    if let metric = metrics.first(where: { $0.name == name }) { return metric }
    if let mean = meanMetric, mean.metric.name == name { return mean.metric }
    let names = metrics.map(\.name) + (meanMetric.map { [$0.metric.name] } ?? [])
    throw TaskError(
      "metric_for_best_model", "`\(name)` is not measured here",
      cure: "name one of \(names.joined(separator: ", "))")
  }

  /// The scores with the mean by which a training chooses, where that is the one of this name.
  public func scores(_ scores: [String: Double], withMean name: String?) -> [String: Double] {
    guard let mean = meanMetric, mean.metric.name == name else { return scores }
    let parts = mean.parts.compactMap { scores[$0] }
    guard parts.count == mean.parts.count, !parts.isEmpty else { return scores }
    let value = parts.reduce(0, +) / Double(parts.count)
    return scores.merging([mean.metric.name: value]) { first, _ in first }
  }
}
