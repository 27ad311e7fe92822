import Compute
public import Transformer

/// How a teacher's outputs must be permuted so that they stand in the dataset's order.
public struct LabelOrder: Sendable, Equatable {
  /// The teacher's output for each label of the dataset.
  private let sources: [Int]

  /// Matches two lists of names.
  ///
  /// - Throws: `TaskError` when they are not the same set: a silent mismatch makes a student that
  ///   learns the wrong classes.
  public init(of teacherLabels: [String], in labels: [String], teacher: String) throws {
    guard teacherLabels.count == labels.count, Set(teacherLabels) == Set(labels),
      Set(labels).count == labels.count
    else {
      throw TaskError(
        teacher,
        "its labels are \(teacherLabels.joined(separator: ", ")), the dataset's \(labels.joined(separator: ", "))",
        cure: teacherLabels.count == labels.count
          ? "name its outputs in order: id2label in its config.json, or --teacher-labels"
          : "use a model of this task")
    }
    sources = labels.map { label in teacherLabels.firstIndex(of: label) ?? 0 }
  }

  /// Permutes the outputs of a classifier: the rows of its last layer, weight and bias.
  public func apply(to model: BertModel, _ weights: ParameterSet) {
    guard sources != Array(sources.indices) else { return }
    let layer = model.layout.parameters.filter { $0.name.hasPrefix("classifier.") }.suffix(2)
    precondition(
      layer.count == 2 && layer.allSatisfy { $0.shape[0] == sources.count },
      "no classifier of \(sources.count) outputs")
    for parameter in layer {
      let old = weights[parameter].values()
      let width = old.count / sources.count
      weights[parameter].assign(sources.flatMap { old[$0 * width..<($0 + 1) * width] })
    }
  }
}
