import Artifacts
import Pipelines

/// Whose answers a student learns in the prediction phase.
enum AnswersSource: String, CaseIterable {
  /// Those of the model at the port `teacher`.
  case teacher
  /// Those that the rows of the dataset carry.
  case dataset

  static let field = OptionField(
    "answers_from", .choice(allCases.map(\.rawValue)), default: nil,
    help:
      "whose answers are learnt where there are both: the teacher's, or those in the dataset's rows"
  )

  /// The source that the options name, else the one that there is.
  ///
  /// - Parameters:
  ///   - options: The stage's.
  ///   - hasTeacher: Whether a teacher is given.
  ///   - hasAnswers: Whether training rows carry answers; nil where that is not known yet.
  ///   - dataset: The dataset, for messages.
  /// - Returns: The source; nil where it is not known yet.
  /// - Throws: `StageError` where there are both and none is named, or not the one that is named;
  ///   `ArtifactError` where the rows lack what is needed of them.
  static func chosen(
    _ options: OptionValues, hasTeacher: Bool, hasAnswers: Bool?, dataset: String
  ) throws -> AnswersSource? {
    switch options.optionalText("answers_from").flatMap(AnswersSource.init(rawValue:)) {
    case .teacher:
      guard hasTeacher else {
        throw StageError.missingPort("teacher", for: "--answers-from teacher")
      }
      return .teacher
    case .dataset:
      if hasAnswers == false {
        throw ArtifactError.badData(
          dataset, "its training rows carry no teacher's answers",
          cure: "make it of rows that do (distill predict --logits --json), or give --answers-from "
            + "teacher")
      }
      return .dataset
    case nil:
      if hasTeacher, hasAnswers == true {
        throw StageError.usage(
          "answers_from",
          "there is a teacher, and the rows of \(dataset) carry a teacher's answers too",
          cure: "give --answers-from teacher or --answers-from dataset")
      }
      if hasTeacher { return hasAnswers == nil ? nil : .teacher }
      if hasAnswers == false {
        throw ArtifactError.badData(
          dataset, "its training rows carry no teacher's answers, and there is no teacher",
          cure: "give --teacher, or make it of rows with answers (distill predict --logits --json)")
      }
      return .dataset
    }
  }
}
