import Distillation
import Pipelines
import Tasks

/// How several teachers of the prediction phase teach together.
enum SeveralTeachersFields {
  /// The declarations; none has a value of its own, so that a training by one teacher is what it was.
  static let table = [
    OptionField(
      "teacher_weights", .texts, default: nil,
      help: "several teachers: a weight each, in the order in which they are given (all equal)"),
    OptionField(
      "teacher_average", .choice(TeacherMixture.Average.allCases.map(\.rawValue)), default: nil,
      help: "several teachers: the mean of their probabilities (if not given) or of their logits"),
    OptionField(
      "teacher_names", .texts, default: nil,
      help: "several teachers: a name each, by which every row says which one it is asked of"),
  ]

  /// What must be known of teachers, be they one or several.
  static let all = TeacherFields.table + table

  /// The weights, one a teacher.
  ///
  /// - Parameters:
  ///   - options: The stage's.
  ///   - teachers: How many teachers there are.
  /// - Returns: The weights.
  /// - Throws: `StageError` where an option would do nothing, or does not fit the teachers.
  @discardableResult
  static func weights(_ options: OptionValues, teachers: Int) throws -> [Double] {
    let texts = options.texts("teacher_weights")
    guard teachers > 1 else {
      for name in table.map(\.name) where options.given.contains(name) {
        throw StageError.usage(
          name, teachers == 0 ? "there is no teacher" : "there is one teacher",
          cure: "give --teacher once for each, or leave the option out")
      }
      return [1]
    }
    if options.names.contains("teacher_dropout"), options.boolean("teacher_dropout") {
      throw StageError.usage(
        "teacher_dropout", "several teachers are asked once, before the first step",
        cure: "give --teacher-dropout false, or one teacher")
    }
    let names = options.texts("teacher_names")
    guard names.isEmpty || names.count == teachers && Set(names).count == teachers else {
      throw StageError.usage(
        "teacher_names", "\(Set(names).count) different names for \(teachers) teachers",
        cure: "name each in their order, such as --teacher-names "
          + (1...teachers).map { "name\($0)" }.joined(separator: ","))
    }
    if !names.isEmpty {
      try options.requireUnused(
        ["teacher_weights", "teacher_average"], beside: "--teacher-names, by which each row has one"
      )
    }
    guard !texts.isEmpty else { return [Double](repeating: 1, count: max(0, teachers)) }
    guard texts.count == teachers else {
      throw StageError.usage(
        "teacher_weights", "\(texts.count) weights for \(teachers) teachers",
        cure: "give one each, in their order, such as --teacher-weights "
          + (0..<max(0, teachers)).map { $0 == 0 ? "2" : "1" }.joined(separator: ","))
    }
    return try texts.map { text in
      guard let weight = Double(text), (1e-6...1e6).contains(weight) else {
        throw StageError.usage(
          "teacher_weights", "'\(text)' is no number from 0.000001 to 1000000",
          cure: "write --teacher-weights 2,1 for one that counts twice as much as the other")
      }
      return weight
    }
  }

  /// How teachers' outputs become one.
  ///
  /// - Throws: As `weights`, and `StageError` where outputs are no probabilities and their mean is asked for.
  static func mixture(
    _ options: OptionValues, of task: any RowTask, teachers: Int
  ) throws -> TeacherMixture {
    let temperature = options.real("temperature")
    let average = options.optionalText("teacher_average").flatMap(
      TeacherMixture.Average.init(rawValue:))
    let mixture = TeacherMixture(
      weights: try weights(options, teachers: teachers), average: average ?? .probabilities,
      for: try task.answerLoss(temperature: 1, scalesByTemperature: false),
      temperature: temperature)
    if average == .probabilities, !mixture.averagesProbabilities {
      throw StageError.usage(
        "teacher_average", "the answers of \(task.name) are no probabilities",
        cure: "leave the option out: their mean is taken")
    }
    return mixture
  }
}
