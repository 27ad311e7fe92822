import Artifacts
package import Pipelines
import Tasks
import Training
import Transformer

extension PredictionStage {
  package func reckon(
    _ preview: inout Preview, foreseen: [String: any Sendable], threads: Int
  ) -> StageCost? {
    let dataset = preview.dataset()
    guard let facts = foreseen["model"] as? ModelFacts,
      let student = try? BertModel(facts.configuration, head: facts.head)
    else { return StageCost(unknown: Unknown.model) }
    guard let dataset, let amount = dataset.amounts["train"] else {
      return StageCost(unknown: dataset?.unknown.first ?? Unknown.data)
    }
    var reckoning = TrainingReckoning(
      student: student, taps: BertModel.Taps(logits: true), amount: amount,
      training: TrainingFields.options(options, seed: 0),
      precision: PrecisionField.precision(options), threads: threads)
    reckoning.development = dataset.amounts["dev"]
    reckoning.outputs = preview.outputs.count
    let source = try? AnswersSource.chosen(
      options, hasTeacher: preview.input("teacher") != nil, hasAnswers: dataset.hasAnswers,
      dataset: dataset.place)
    if source ?? .teacher == .teacher,
      let teacher = preview.model("teacher", pooling: options.pooling),
      let model = try? BertModel(teacher.configuration, head: teacher.head)
    {
      let drops = ReferenceFields.teacherDrops(options, for: dataset.task)
      let areKept = !drops && hasLogits(&preview)
      // Which rows name whom is not known yet: as many each.
      let isNamed = !options.texts("teacher_names").isEmpty
      let share = isNamed ? 1 / Double(max(1, preview.inputs["teacher"]?.count ?? 1)) : 1
      reckoning.teacher = TrainingReckoning.Teacher(
        model: model, taps: BertModel.Taps(logits: true),
        teaching: drops ? .everyStep : areKept ? .never : .once, share: share)
      if !areKept, !drops { reckoning.moreDisk = LogitSize.bytes(model, amount) }
      for input in preview.inputs["teacher"]?.dropFirst() ?? [] {
        guard let other = preview.model(input, "teacher", pooling: options.pooling),
          let model = try? BertModel(other.configuration, head: other.head)
        else { continue }
        reckoning.furtherTeachers.append(
          TrainingReckoning.Teacher(
            model: model, taps: BertModel.Taps(logits: true), teaching: .once, share: share))
        reckoning.moreDisk += share * LogitSize.bytes(model, amount)
      }
    }
    return reckoning.cost()
  }

  /// Whether the student brings the teacher's logits of these rows with it.
  private func hasLogits(_ preview: inout Preview) -> Bool {
    guard let student = preview.start("student") else { return false }
    let port = preview.startingPort("student")
    if let path = preview.input(port)?.path {
      return (try? ModelSource(path))?.teacherLogits != nil
    }
    let names = ["teacher", "dataset"].map { preview.input($0)?.name }
    return student.logitsOf.map { $0 == names } ?? false
  }
}
