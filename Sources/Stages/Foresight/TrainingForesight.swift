import Artifacts
import Distillation
import Files
package import Pipelines
import Tasks
import Transformer

extension FinetuneStage {
  package func foresee(_ preview: inout Preview) -> [String: any Sendable] {
    let isMasked = learnsMaskedWords
    let objective = options.optionalText("objective")
    let hasDataset = preview.input("dataset") != nil
    if !isMasked, preview.input("corpus") != nil {
      preview.find(StageError.unread("corpus", by: objective, whichReads: "dataset"))
    } else if !hasDataset, !isMasked || preview.input("corpus") == nil {
      preview.find(
        StageError.missingPort(
          isMasked ? "corpus" : "dataset", for: objective.map { "objective \($0)" }))
    }
    let model = preview.start("model")
    let dataset = preview.dataset()
    preview.check(options, on: dataset)
    if isMasked {
      if !hasDataset { preview.check { try TrainingFields.optionsWithoutScores(options, seed: 0) } }
      if let model, let corpus = preview.corpus() { preview.check(corpus, readBy: model) }
    }
    if let dataset {
      let fits: Void? = preview.check { try requireTask(dataset.task, of: dataset.place) }
      if fits != nil {
        let cure = DatasetLessons.labelCure(haveAnswers: dataset.hasAnswers == true)
        preview.check("dataset") { try dataset.requireLabels(cure: cure) }
      }
    }
    if let dataset, let model { preview.check(dataset, readBy: model) }
    guard let model else { return [:] }
    let head = isMasked ? masked.head : dataset.flatMap { preview.head(of: $0, options) }
    preview.checkExtended(under: head, insteadOf: "model")
    if isMasked { return preview.models(model, head: masked.head, task: masked) }
    return dataset.map { preview.models(model, learning: $0, options) } ?? [:]
  }
}

extension GeneralStage {
  package func foresee(_ preview: inout Preview) -> [String: any Sendable] {
    preview.check(options, on: nil)
    let teacher = preview.model("teacher")
    let start = preview.start("start")
    let port = preview.startingPort("start")
    if preview.input(port) != nil {
      preview.check {
        try options.requireUnused(
          StudentFields.sizes, beside: "--\(port), which has sizes and weights of its own")
      }
    }
    guard let teacher else { return [:] }
    if let corpus = preview.corpus() { preview.check(corpus, readBy: teacher) }
    if let start {
      preview.check(port) { try start.requireSameTokenizer(as: teacher) }
      preview.checkExtended(under: MaskedWordsField.head(options), insteadOf: "start")
    }
    // Nothing is known of the student's sizes while it is to begin where another stage ends.
    guard start != nil || preview.input(port) == nil else { return [:] }
    let student = preview.check {
      let student = try StudentFields.configuration(
        options, teacher: teacher.configuration, start: start?.configuration)
      try MatchingFields.check(options, student: student, teacher: teacher.configuration)
      if start == nil,
        StudentFields.beginsWithTeacher(
          options, student: student, teacher: teacher.configuration)
      {
        try TeacherReduction.check(
          student: student.hiddenSize, teacher: teacher.configuration.hiddenSize)
      }
      return student
    }
    guard let student else { return [:] }
    var made = ModelFacts(
      place: "the student", configuration: student, head: .none, task: nil, labels: [],
      tokenizerDigest: teacher.tokenizerDigest)
    made.tokenLimit = teacher.tokenLimit
    return preview.models(made, head: MaskedWordsField.head(options))
  }
}

extension IntermediateStage {
  package func foresee(_ preview: inout Preview) -> [String: any Sendable] {
    preview.check(options, on: nil)
    let (teacher, _) = preview.taskTeacher(options)
    guard let student = preview.start("student") else { return [:] }
    preview.checkExtended(under: Head.none, insteadOf: "student")
    if let teacher {
      preview.check(preview.startingPort("student")) {
        try student.requireSameTokenizer(as: teacher)
      }
      preview.check {
        try MatchingFields.check(
          options, student: student.configuration, teacher: teacher.configuration)
      }
    }
    var made = preview.models(student, head: .none)
    if let teacher, teacher.head != .none, options.real("num_train_epochs") >= 1,
      !options.boolean("dataloader_drop_last"),
      options.optionalInteger("max_steps") == nil,
      LayerReckoning.keepsLogits(
        options, student: student.configuration, teacher: teacher.configuration)
    {
      made = made.mapValues { facts in
        guard var facts = facts as? ModelFacts else { return facts }
        facts.logitsOf = ["teacher", "dataset"].map { preview.input($0)?.name }
        return facts
      }
    }
    return made
  }
}

extension PredictionStage {
  package func foresee(_ preview: inout Preview) -> [String: any Sendable] {
    let dataset = preview.dataset()
    let hasTeacher = preview.input("teacher") != nil
    let source = preview.check {
      try AnswersSource.chosen(
        options, hasTeacher: hasTeacher, hasAnswers: dataset?.hasAnswers,
        dataset: dataset?.place ?? "the dataset")
    }
    let teacher = source ?? nil == .dataset ? nil : preview.taskTeacher(options).teacher
    if source ?? nil == .dataset {
      preview.check { try SeveralTeachersFields.weights(options, teachers: 0) }
    } else {
      preview.checkFurtherTeachers(beside: teacher, options)
    }
    preview.check(options, on: dataset)
    guard let student = preview.start("student") else { return [:] }
    if let teacher {
      preview.check(preview.startingPort("student")) {
        try student.requireSameTokenizer(as: teacher)
      }
    } else if let dataset {
      preview.check(dataset, readBy: student)
    }
    guard let dataset else { return [:] }
    preview.check { try PredictionPhase.answerLoss(of: dataset.task, options) }
    preview.check { try PredictionPhase.lossWeights(of: dataset.task, options) }
    preview.check { try VectorFields.check(options, for: dataset.task) }
    preview.check { try ReferenceFields.check(options, for: dataset.task) }
    if let teacher, let labels = dataset.labels,
      let order = try? teacher.order(
        of: labels, named: options.texts("teacher_labels"), dataset.task,
        option: "--teacher-labels"
      ).order
    {
      preview.check {
        try ReferenceFields.check(order, of: teacher.place, options, for: dataset.task)
      }
    }
    if let teacher, VectorFields.areCompared(options) {
      preview.check {
        try dataset.task.check(student: student.configuration, teacher: teacher.configuration)
      }
    }
    if options.real("alpha") > 0, !dataset.task.learnsFromAnswers {
      preview.find(
        StageError.usage(
          "alpha", "a model of \(dataset.task.name) does not learn from the answers of rows",
          cure: "leave the option out"))
    }
    checkLessons(&preview, of: dataset, from: source ?? nil)
    preview.checkExtended(
      under: preview.head(of: dataset, options, from: teacher), insteadOf: "student")
    return preview.models(student, learning: dataset, options, from: teacher)
  }
}

extension PredictionStage {
  /// Looks whether all rows count for something.
  private func checkLessons(
    _ preview: inout Preview, of dataset: DatasetProspect, from source: AnswersSource?
  ) {
    guard dataset.task.learnsFromAnswers, let source else { return }
    let alpha = ReferenceFields.alpha(options, for: dataset.task)
    if let lessons = dataset.lessons {
      preview.check("dataset") {
        try RowsOfUse.check(
          lessons, hasTeacher: source == .teacher, alpha: alpha, path: dataset.place)
      }
    } else if alpha > 0 {
      preview.check("dataset") {
        try dataset.requireLabels(cure: "label them, or give --alpha 0")
      }
    }
  }
}

extension EvaluateStage {
  package func foresee(_ preview: inout Preview) -> [String: any Sendable] {
    let dataset = preview.dataset()
    if let dataset {
      preview.check("dataset") { try requireSplits(of: dataset) }
      preview.check { try ThresholdField.task(dataset.task, options) }
      preview.check { try AnswerFields.check(options, for: dataset.task) }
      // Without the number of outputs only the names of more than two are not known.
      if let labels = dataset.labels {
        preview.check { try MetricField.chief(options, of: dataset.task, labels: labels.count) }
      }
    }
    let given = ["teacher", "models"].flatMap { port in
      (preview.inputs[port] ?? []).map { (port, $0) }
    }
    let names = given.map(\.1.name)
    if let dataset {
      let models = preview.input("teacher") == nil ? 0 : Set(names).count
      preview.check("dataset") { try requireAnswers(of: dataset, compared: models) }
    }
    for (first, second) in pairs {
      for name in [first, second] where !names.contains(name) {
        preview.find(Self.noModel(name, among: names))
      }
    }
    for (port, input) in given {
      guard let dataset, let model = preview.model(input, port, pooling: options.pooling) else {
        continue
      }
      preview.check(
        port, model, does: dataset, named: labels, option: "--model-labels", ofSeveral: true)
      preview.check(dataset, readBy: model)
    }
    return [:]
  }

  /// Refuses to measure nothing, where that is known.
  private func requireAnswers(of dataset: DatasetProspect, compared: Int) throws {
    let held = DatasetArtifact.heldOutNames.filter(dataset.splits.contains)
    guard compared < 2, !dataset.splits.isEmpty,
      (named.isEmpty ? held : named).allSatisfy(dataset.unanswered.contains)
    else { return }
    throw Self.nothingToMeasure(dataset.place)
  }

  private func requireSplits(of dataset: DatasetProspect) throws {
    let held = DatasetArtifact.heldOutNames.filter(dataset.splits.contains)
    let wanted = named.isEmpty ? held : named
    if wanted.isEmpty { throw Self.noHeldOutSplit(dataset.place) }
    if let missing = wanted.first(where: { !dataset.splits.contains($0) }) {
      throw ArtifactError.badData(
        dataset.place, "has no split '\(missing)'",
        cure: "give its file to `distill dataset`, or name some of "
          + dataset.splits.sorted().joined(separator: ", ") + " with --splits")
    }
  }
}

extension ExportStage {
  package func foresee(_ preview: inout Preview) -> [String: any Sendable] {
    _ = preview.model("model")
    return [:]
  }
}

extension Preview {
  /// The teacher of a task and its dataset, looked at together.
  fileprivate mutating func taskTeacher(
    _ options: OptionValues
  ) -> (teacher: ModelFacts?, dataset: DatasetProspect?) {
    let (teacher, dataset) = (model("teacher", pooling: options.pooling), dataset())
    guard let teacher, let dataset else { return (teacher, dataset) }
    check(dataset, readBy: teacher)
    check(
      "teacher", teacher, does: dataset, named: options.texts("teacher_labels"),
      option: "--teacher-labels", ofSeveral: inputs["teacher"]?.count ?? 0 > 1)
    return (teacher, dataset)
  }

  /// The head of a model that learns a dataset's answers; nil while their names are not known.
  fileprivate func head(
    of dataset: DatasetProspect, _ options: OptionValues, from teacher: ModelFacts? = nil
  ) -> Head? {
    let style = ClassifierStyle(rawValue: options.text("head")) ?? .hf
    return dataset.labels.map {
      dataset.task.head(labels: $0, style: style, ofTeacher: teacher?.head ?? .none)
    }
  }

  /// What is foreseen of the outputs of a training on a dataset's answers.
  fileprivate func models(
    _ model: ModelFacts, learning dataset: DatasetProspect, _ options: OptionValues,
    from teacher: ModelFacts? = nil
  ) -> [String: any Sendable] {
    let style = ClassifierStyle(rawValue: options.text("head")) ?? .hf
    return models(
      model,
      head: dataset.task.head(
        labels: dataset.labels ?? ["0", "1"], style: style, ofTeacher: teacher?.head ?? .none),
      task: dataset.task, labels: dataset.labels,
      hasPairs: dataset.task.readsPairsApart ? nil : dataset.hasPairs)
  }

  /// What is foreseen of the outputs of a training: `model`, with another head, and `last_model`.
  fileprivate func models(
    _ model: ModelFacts, head: Head, task: (any RowTask)? = nil, labels: [String]? = [],
    hasPairs: Bool? = nil
  ) -> [String: any Sendable] {
    var made = ModelFacts(
      place: "the model", configuration: model.configuration, head: head, task: task,
      labels: labels, tokenizerDigest: model.tokenizerDigest, hasPairs: hasPairs)
    made.statedTask = task
    made.tokenLimit = model.tokenLimit
    return ["model": made, "last_model": made]
  }
}
