import Artifacts
import Compute
import Pipelines
import Tasks
import Training
import Transformer

/// Runs a trainer inside a stage: events, evaluation, checkpoints and resume in one place.
struct TrainingRun {
  /// The stage's surroundings.
  let context: StageContext
  /// What a checkpoint holds beside the trainer's own tensors.
  var extraTensors: [(name: String, values: Matrix)] = []
  /// Metrics in the order to show them; others follow by name.
  var shownFirst: [String] = []

  /// Trains to the end, from the last checkpoint where there is one.
  ///
  /// - Parameters:
  ///   - trainer: A trainer that has taken no step.
  ///   - evaluate: Scores the weights it is given, or gives nil when asked to stop; `nil` where nothing
  ///     is scored while training.
  ///   - finally: Scores the result, or gives nil when asked to stop.
  /// - Returns: The metrics of the training: steps, last mean loss terms, best score, those of
  ///   `finally`; and what the checkpoints cost.
  /// - Throws: `StageInterruption` after saving when asked to stop; `TrainingError` on numbers that
  ///   are not finite; `FileError` before the first step where the disk is not to be written to or
  ///   has no room.
  func run(
    _ trainer: Trainer, evaluate: ((ParameterSet) throws -> [String: Double]?)? = nil,
    finally: () throws -> StageMetrics? = { [] }
  ) throws -> TrainingReport {
    let numerics = trainer.context.numerics
    let store = try CheckpointStore(
      in: context.checkpointFolder, numerics: numerics, extraTensors: extraTensors,
      remark: context.note)
    try store.requireRoom(for: trainer, outputs: Array(context.outputs.values))
    let state = try store.restore(trainer) { saved in
      try Numerics.check(saved: saved, current: numerics, context: context)
    }
    let save = { (checkpoint: TrainerCheckpoint) in
      context.awaitRecord()
      try store.save(checkpoint)
    }
    if let state {
      let half = state.openStep.map { ", \($0.microBatches) micro-batches into the next" } ?? ""
      context.note("resumed at step \(state.step) of \(trainer.schedule.totalSteps)\(half)")
    }
    context.events(
      .resumed(
        stage: context.stage, step: state?.step ?? 0, evaluatedStep: state?.evaluatedStep ?? 0))
    var ties = TiedScores(trainer.options, after: state)
    let summary = try trainer.run(
      events: { event in
        context.events(event.runEvent(stage: context.stage, shownFirst: shownFirst))
        if let remark = ties.remark(on: event) { context.note(remark) }
      },
      shouldStop: context.isInterrupted,
      save: save,
      evaluate: evaluate)
    if summary.outcome == .interrupted {
      throw StageInterruption(step: summary.state.step)
    }
    guard let scores = try finally() else {
      if trainer.communicator.isWriter { try save(trainer.checkpoint()) }
      throw StageInterruption(step: summary.state.step)
    }
    var metrics: StageMetrics = [("steps", Double(summary.state.step))]
    for term in summary.terms.terms { metrics.append(("train_\(term.lossName)", term.value)) }
    if let best = summary.state.bestMetric {
      metrics.append((Self.bestName(trainer.options), best))
      metrics.append(("best_step", Double(summary.state.bestStep ?? 0)))
    }
    let notes = Self.heldWeights(summary.state, trainer.options, scores)
    for note in notes { context.note(note) }
    return TrainingReport(
      metrics: metrics + scores, notes: notes, checkpointSeconds: store.seconds)
  }

  /// Under which name the best score is kept, which says what it is a score of.
  private static func bestName(_ options: TrainingOptions) -> String {
    "best_" + (options.metricForBestModel ?? "metric")
  }

  /// Which weights the model holds, where there are better ones than the last.
  private static func heldWeights(
    _ state: TrainerState, _ options: TrainingOptions, _ scores: StageMetrics
  ) -> [String] {
    guard let best = state.bestStep, best != state.step else { return [] }
    // As good as the first that was so: nothing better is left out.
    let last = options.metricForBestModel.flatMap { name in
      scores.first { $0.0 == "dev_" + name }?.1
    }
    if !options.loadBestModelAtEnd, last != nil, last == state.bestMetric { return [] }
    return options.loadBestModelAtEnd
      ? ["the model holds the weights of the best score, after step \(best) of \(state.step)"]
      : [
        "the model holds the weights after the last step, \(state.step); \(bestName(options)) is of step "
          + "\(best), whose weights load_best_model_at_end would keep"
      ]
  }
}

extension TrainingRun {
  /// Trains a model that is scored on the development split, while training and at the end.
  ///
  /// - Parameters:
  ///   - trainer: A trainer of `model` that has taken no step.
  ///   - model: The model.
  ///   - data: Its task, and the rows to score on where there are some.
  ///   - compute: Where the scoring computes.
  /// - Returns: The metrics of the training, then those of the result under `dev_`.
  /// - Throws: As `run(_:evaluate:finally:)`.
  func run(
    _ trainer: Trainer, of model: LoadedModel, on data: TaskData, compute: ComputeContext
  ) throws -> TrainingReport {
    guard let development = data.development else { return try run(trainer) }
    // Not of `model`, whose rows that a step does not reach may be behind.
    let scores = { (weights: ParameterSet, prefix: String) in
      let scored = LoadedModel(model: model.model, weights: weights, labels: model.labels)
      return try Scoring(scored, on: data.task, compute: compute).metrics(
        on: development, prefix: prefix, shouldStop: context.isInterrupted)
    }
    var run = self
    run.shownFirst = data.task.metrics(labels: model.labels.count).map(\.name)
    if let chooser = trainer.options.metricForBestModel {
      run.shownFirst = [chooser] + run.shownFirst.filter { $0 != chooser }
    }
    return try run.run(
      trainer,
      evaluate: { weights in
        try scores(weights, "").map {
          data.task.scores(
            Dictionary($0, uniquingKeysWith: { first, _ in first }),
            withMean: trainer.options.metricForBestModel)
        }
      },
      finally: { try scores(trainer.result, "dev_") })
  }
}

/// What a training leaves for the result of its stage.
struct TrainingReport {
  /// Final metrics, in the order to show them.
  var metrics: StageMetrics
  /// Remarks worth keeping.
  let notes: [String]
  /// Seconds spent writing checkpoints.
  let checkpointSeconds: Double
}

/// Named numbers in the order in which they are shown.
typealias StageMetrics = [(String, Double)]

extension TrainingEvent {
  /// The event as the pipeline's observers see it.
  ///
  /// - Parameters:
  ///   - stage: The stage that trains.
  ///   - names: Metrics in the order to show them; others follow by name.
  /// - Returns: What observers are told.
  func runEvent(stage: String, shownFirst names: [String] = []) -> RunEvent {
    switch self {
    case .started(let plan):
      return .note(
        stage: stage,
        text:
          "\(plan.totalSteps) steps, \(plan.stepsPerEpoch) an epoch, \(plan.examples) examples, "
          + "\(plan.trainedParameters) trained parameters")
    case .step(let report):
      return .step(stage: stage, report.stepEvent(memory: MemoryRoom.resident))
    case .pulse(let report): return .pulse(stage: stage, report.stepEvent(memory: nil))
    case .evaluated(let step, let metrics, _):
      let first = names.compactMap { name in metrics[name].map { (name, $0) } }
      let rest = metrics.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }
      return .evaluated(
        stage: stage, step: step, metrics: first + rest.map { ($0.key, $0.value) })
    case .stoppedEarly(let step):
      return .note(stage: stage, text: "no improvement any more: stopped early at step \(step)")
    }
  }
}

extension TrainingEvent.Report {
  /// The report as the pipeline's observers see it.
  fileprivate func stepEvent(memory: Int?) -> StepEvent {
    StepEvent(
      step: step, totalSteps: totalSteps, epoch: epoch,
      terms: terms.terms.map { ($0.lossName, $0.value) }, learningRate: learningRate,
      tokensPerSecond: tokensPerSecond, secondsLeft: secondsLeft, gradientNorm: gradientNorm,
      residentMemory: memory)
  }
}
