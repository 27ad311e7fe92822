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
    PoolingField.field,
  ]
}

/// Whether the teacher's layers are computed once and kept: options of the general and the
/// intermediate phase.
enum TeacherCacheFields {
  /// How numbers of the cache are stored.
  enum Storage: String, Codable, CaseIterable {
    /// As they are.
    case fp32
    /// Rounded to bfloat16: half the room.
    case bf16
  }

  static let table: [OptionField] = [
    OptionField(
      "cache_teacher", .boolean, default: .boolean(false),
      help: "run the teacher once, before the first step, and keep the matched layers on disk"),
    OptionField(
      "cache_teacher_type", .choice(Storage.allCases.map(\.rawValue)), default: .text("fp32"),
      help: "how the cache stores numbers: fp32, or bf16 in half the room"),
  ]

  /// Refuses to say how a cache stores numbers that there is not to be.
  ///
  /// - Throws: `StageError`.
  static func validate(_ options: OptionValues) throws {
    guard !options.boolean("cache_teacher") else { return }
    try options.requireGiven("--cache-teacher", for: ["cache_teacher_type"])
  }

  /// How the cache stores numbers; nil where there is to be none.
  static func storage(_ options: OptionValues) -> Storage? {
    guard options.boolean("cache_teacher") else { return nil }
    return Storage(rawValue: options.text("cache_teacher_type")) ?? .fp32
  }
}
