import Pipelines
import Stages

/// A teacher that is no better than a guess, in the words of `compress`, which has no pipeline file to edit
/// and no command for a stage to give.
enum WeakTeacher {
  private static let option = "allow_weak_teacher"

  /// Settings by which all stages of a pipeline take such a teacher, beside those that are given.
  static func settings(of pipeline: Pipeline, beside given: [String]) -> [String] {
    var names: [String] = []
    for stage in pipeline.stages where stage.kind.fields.contains(where: { $0.name == option }) {
      if !names.contains(stage.baseName) { names.append(stage.baseName) }
    }
    return names.map { "stages.\($0).\(option)=" }
      .filter { key in !given.contains { $0.hasPrefix(key) } }.map { $0 + "true" }
  }

  /// A failure, with what can be done about it here where it is about such a teacher.
  static func advised(_ failure: RunSummary.Failure, by pipeline: Pipeline) -> RunSummary.Failure {
    let message = failure.message
    // The cure is what names the option.
    guard let end = message.ranges(of: "; ").last, message[end.upperBound...].contains(option)
    else { return failure }
    let own = pipeline.stages.first { $0.kind == FinetuneStage.self && $0.name == "teacher" }
    let cure =
      own.map {
        "give it more time (a longer --budget) or more passes (--set stages.\($0.name)"
          + ".num_train_epochs=N)"
      } ?? "have it fine-tuned on the rows (--finetune), or give another teacher"
    return failure.saying(
      message[..<end.upperBound] + cure + ", or take it as it is (--allow-weak-teacher)")
  }
}
