/// A model, a dataset and a task that do not go together.
public struct TaskError: Error, CustomStringConvertible, Equatable {
  /// One line: what, where, why and the cure.
  public let description: String

  init(_ place: String, _ fault: String, cure: String) {
    description = "\(place): \(fault); \(cure)"
  }
}
