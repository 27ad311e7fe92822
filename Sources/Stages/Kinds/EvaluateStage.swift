import Artifacts
import Compute
import HDF5
package import Pipelines
import Tasks
import Training

/// Scores models side by side on the same rows: size, cost, accuracy, agreement with the teacher,
/// speed.
package struct EvaluateStage: Stage {
  package static let kind = "evaluate"
  package static let revision = EngineRevision.plus(2)
  package static let summary = "score models side by side on a dataset's held-out splits"
  package static let inputs = [
    Port(
      "models", kinds: ["model", "folder"], allowsMany: true, namesMatter: true,
      help: "models to score"),
    Port("dataset", kinds: ["dataset"], help: "labelled rows"),
    Port(
      "teacher", kinds: ["model", "folder"], isOptional: true, namesMatter: true,
      help: "teacher: scored too, and compared with each model"),
  ]
  package static let outputs = [
    Port(
      "predictions", kinds: ["predictions"], isOptional: true,
      help: "logits of every model on every row")
  ]
  package static let fields =
    [
      OptionField(
        "splits", .texts, default: nil,
        help: "splits to score: those held out (dev, test) that are there, by default"),
      OptionField(
        "model_labels", .texts, default: nil,
        help: "names of the outputs in order, for models whose own names are not the dataset's"),
      PoolingField.field,
      OptionField(
        "compare", .texts, default: nil,
        help: "pairs first:second of models whose difference is bootstrapped, pooled over the pairs"
      ),
      MetricField.field, ThresholdField.field,
    ] + AnswerFields.search

  /// The splits that a dataset may have, in order.
  package static let splits = DatasetArtifact.splitNames

  /// The metrics that are shares of a whole, shown in percent, without the split's name.
  package static let shares = TaskTable.shares

  let named: [String]
  let labels: [String]
  let pairs: [(first: String, second: String)]
  let options: OptionValues

  package init(_ options: OptionValues) throws {
    self.options = options
    named = options.texts("splits")
    labels = options.texts("model_labels")
    pairs = try options.texts("compare").map { text in
      let names = text.split(separator: ":").map(String.init)
      guard names.count == 2 else {
        throw StageError.usage("compare", "'\(text)' is no pair", cure: "write student:baseline")
      }
      return (names[0], names[1])
    }
  }

  package func run(_ context: StageContext) throws -> StageResult {
    try ComputeContext.requireRoom(threads: context.threads)
    let compute = ComputeContext(threads: context.threads)
    // A teacher that is among the models too has one row.
    var known: Set<String> = []
    let given = ((context.inputs["teacher"] ?? []) + (context.inputs["models"] ?? []))
      .filter { known.insert($0.name).inserted }
    let path = try context.required("dataset")
    var notes: [String] = []
    let note = { (note: String) in
      context.note(note)
      notes.append(note)
    }
    note("scores are computed in fp32, also of models that learnt in bf16")
    try check(context)
    let splits = try splits(of: path)
    var scored: [ScoredModel] = []
    for (index, input) in given.enumerated() {
      if context.isInterrupted() { throw StageInterruption(step: nil) }
      let model = try ScoredModel(
        name: input.name, path: input.path, labels: labels, dataset: path, splits: splits,
        options: options, on: compute, shouldStop: context.isInterrupted, progress: told(context))
      for remark in model.notes { note(remark) }
      for fault in model.worthless { note(StageResult.warning + fault) }
      scored.append(model)
      context.events(
        .progress(stage: context.stage, done: index + 1, total: given.count, unit: "models"))
    }
    let teacher = context.input("teacher").flatMap { input in
      scored.first { $0.name == input.name }
    }
    let stored = try StoredTeacher(
      dataset: path, splits: splits, besides: given.map(\.name), options: options)
    let labelled = Set(
      splits.filter { scored.first?.rows[$0]?.targets.areKnown == true })
    for remark in stored?.notes(labelled: labelled, hasTeacher: teacher != nil) ?? [] {
      note(remark)
    }
    var metrics: StageMetrics = []
    for model in scored {
      let isTeacher = teacher?.name == model.name
      metrics += model.metrics(teacher: isTeacher ? nil : teacher?.outputs ?? stored?.answers)
    }
    if let stored, let rows = scored.first?.rows { metrics += stored.metrics(on: rows) }
    try requireSomething(scored, teacher: teacher, hasAnswers: stored != nil, of: path)
    let isCompared = teacher != nil && scored.count > 1
    for split in splits where !labelled.contains(split) {
      note(
        "'\(split)' has no labels"
          + (isCompared || stored?.answers[split] != nil
            ? ": the agreement with a teacher is all that is measured"
            : ", and no model is compared with a teacher: nothing is measured on it"))
    }
    for split in splits where !pairs.isEmpty {
      let (figures, warning) = try compare(scored, split: split)
      metrics += figures
      if let warning { note(StageResult.warning + warning) }
    }
    metrics += SeedSummary.metrics(of: scored.map(\.name), metrics)
    guard let output = context.outputs["predictions"] else {
      return StageResult(metrics: metrics, notes: notes)
    }
    let digests = try PredictionsArtifact.write(
      to: output,
      scored.map { .init(model: $0.name, outputs: $0.outputs) },
      targets: scored.first?.rows.mapValues(\.targets) ?? [:], splits: splits,
      inputs: context.inputDigests)
    return StageResult(
      metrics: metrics, notes: notes, outputs: ["predictions": digests.outputDigests])
  }

  /// Tells how much of a model's work is done, ten times a second at most; that all is done, others tell.
  private func told(_ context: StageContext) -> (Int, Int, String) -> Void {
    var last = ContinuousClock.now
    return { done, total, unit in
      guard done < total, ContinuousClock.now - last >= .milliseconds(100) else { return }
      last = .now
      context.events(.progress(stage: context.stage, done: done, total: total, unit: unit))
    }
  }

  /// Refuses to measure nothing.
  private func requireSomething(
    _ scored: [ScoredModel], teacher: ScoredModel?, hasAnswers: Bool, of path: String
  ) throws {
    let hasLabels = scored.contains { $0.rows.values.contains { $0.targets.areKnown } }
    guard !hasLabels, !hasAnswers, teacher == nil || scored.count < 2 else { return }
    throw Self.nothingToMeasure(path)
  }

  static func nothingToMeasure(_ path: String) -> ArtifactError {
    ArtifactError.badData(
      path, "its rows have no labels, and no model is compared with a teacher",
      cure: "score labelled rows, or name a teacher and a model with --teacher and --models")
  }

  /// The splits named, else the held-out ones that the dataset has.
  private func splits(of path: String) throws -> [String] {
    var known: Set<String> = []
    guard named.isEmpty else { return named.filter { known.insert($0).inserted } }
    let (_, description) = try DatasetArtifact.open(path)
    let splits = DatasetArtifact.heldOutNames.filter { description.splits[$0] != nil }
    guard !splits.isEmpty else {
      throw Self.noHeldOutSplit(path)
    }
    return splits
  }

  static func noHeldOutSplit(_ path: String) -> ArtifactError {
    ArtifactError.badData(
      path, "has neither a development nor a test split",
      cure: "give `distill dataset` one, or name the split with --splits train")
  }

  static func noModel(_ name: String, among names: [String]) -> StageError {
    StageError.usage(
      "compare", "no model '\(name)'", cure: "name some of \(names.joined(separator: ", "))")
  }

  /// The mean difference of the pairs' chief metric with its 95 % interval, and what is to be said of it.
  private func compare(
    _ scored: [ScoredModel], split: String
  ) throws -> (StageMetrics, warning: String?) {
    let find = { (name: String) in
      guard let model = scored.first(where: { $0.name == name }) else {
        throw Self.noModel(name, among: scored.map(\.name))
      }
      guard let score = model.chiefScore(on: split) else {
        throw StageError.usage(
          "compare", "the answers of '\(split)' are not known", cure: "leave the option out")
      }
      return score
    }
    let scores = try pairs.map { (first: try find($0.first), second: try find($0.second)) }
    let bootstrap = Bootstrap(count: scored.first?.rows[split]?.count ?? 1) { drawn in
      scores.reduce(0) { $0 + $1.first(drawn) - $1.second(drawn) } / Double(scores.count)
    }
    let figures = [
      ("compare.\(split)_difference", bootstrap.value),
      ("compare.\(split)_lower", bootstrap.lower), ("compare.\(split)_upper", bootstrap.upper),
    ]
    let moreIsBetter = scored.first?.moreIsBetter ?? true
    return (
      figures, warning: Self.warning(of: pairs, bootstrap, split: split, moreIsBetter: moreIsBetter)
    )
  }

  /// What is said where the first of each pair, which is to be shown as the better one, is the worse one
  /// by more than chance explains.
  static func warning(
    of pairs: [(first: String, second: String)], _ difference: Bootstrap, split: String,
    moreIsBetter: Bool
  ) -> String? {
    guard moreIsBetter ? difference.upper < 0 : difference.lower > 0 else { return nil }
    let words = pairs.map { "\($0.first) than \($0.second)" }.joined(separator: ", ")
    return "worse on '\(split)' by more than chance explains: \(words)"
  }
}
