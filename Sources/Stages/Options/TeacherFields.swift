import Pipelines

/// What must be known of the teacher of a task.
enum TeacherFields {
  static let table: [OptionField] = [
    OptionField(
      "teacher_labels", .texts, default: nil,
      help: "names of the teacher's outputs in order, where its folder has none of use"),
    OptionField(
      "allow_weak_teacher", .boolean, default: .boolean(false),
      help: "go on even if the teacher does not beat the majority class"),
  ]
}
