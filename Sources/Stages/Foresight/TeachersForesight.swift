import Artifacts
import Pipelines
import Tasks
import Training
import Transformer

extension Preview {
  /// The teachers of a task beside the first one, looked at with its dataset; each must be of the same
  /// task, labels and vocabulary as the first.
  ///
  /// - Parameters:
  ///   - first: The first teacher, where it is known.
  ///   - options: The stage's.
  mutating func checkFurtherTeachers(beside first: ModelFacts?, _ options: OptionValues) {
    let given = inputs["teacher"] ?? []
    let dataset = dataset()
    let weights = check { try SeveralTeachersFields.weights(options, teachers: given.count) }
    guard weights != nil, given.count > 1 else { return }
    if let dataset {
      if dataset.task.outputForm != .logits { find(SeveralTeachers.tooWide(dataset.task)) }
      check { try SeveralTeachersFields.mixture(options, of: dataset.task, teachers: given.count) }
    }
    for input in given.dropFirst() {
      guard let teacher = model(input, "teacher", pooling: options.pooling), let dataset else {
        continue
      }
      check(dataset, readBy: teacher)
      check(
        "teacher", teacher, does: dataset, named: options.texts("teacher_labels"),
        option: "--teacher-labels", ofSeveral: true)
      if let first, dataset.task.answersAreVectors {
        check("teacher") {
          try SeveralTeachers.check(
            teacher.configuration.hiddenSize, of: teacher.place, first.configuration.hiddenSize,
            of: first.place)
        }
      }
    }
  }
}
