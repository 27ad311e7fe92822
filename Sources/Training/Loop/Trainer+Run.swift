import Compute
public import Transformer

extension Trainer {
  /// Trains until all steps are taken, the metric stops improving, or it is asked to stop.
  ///
  /// Called again, it goes on where it stopped; a finished training does nothing.
  ///
  /// - Parameters:
  ///   - events: told of reports and measurements, in order, on the caller's thread.
  ///   - shouldStop: asked before every micro-batch; a step that is under way stays half done.
  ///   - save: called every `saveSteps` steps, after `saveMinutes` without, and when asked to stop;
  ///     never with weights that are not finite.
  ///   - evaluate: measures the weights it is given, those after the last step, on the development
  ///     data, or returns nil when it was asked to stop; required unless `evalStrategy` is `.no`.
  /// - Returns: how it ended and where it stands.
  /// - Throws: `TrainingError`, also when the last step has left weights that are not finite, and what
  ///   `save`, `evaluate` and the source throw.
  public func run(
    events: (TrainingEvent) -> Void = { _ in }, shouldStop: () -> Bool = { false },
    save: ((TrainerCheckpoint) throws -> Void)? = nil,
    evaluate: ((ParameterSet) throws -> [String: Double]?)? = nil
  ) throws -> TrainingSummary {
    precondition(
      evaluate != nil || options.evalStrategy == .no,
      "eval_strategy \(options.evalStrategy.rawValue) without anything to evaluate")
    var clock = TrainingClock(step: state.step, tokens: state.tokens)
    events(
      .started(
        TrainingEvent.Plan(
          step: state.step, totalSteps: schedule.totalSteps, stepsPerEpoch: order.stepsPerEpoch,
          examples: order.count,
          trainedParameters: optimizer.parameters.reduce(0) { $0 + $1.count })))
    var outcome = TrainingSummary.Outcome.finished
    var saves = SaveSchedule(options, step: state.step)
    var last: (learningRate: Double, gradientNorm: Double)?
    while true {
      // First what a stop after the last step may have left undone.
      if isEvaluationDue, let evaluate {
        // Whoever watches sees the scores beside the losses that they belong to.
        if let last, state.runningSteps > 0 {
          events(.pulse(pulse(last.learningRate, last.gradientNorm, clock)))
        }
        guard let metrics = try clock.pausing({ try evaluate(weights) }) else {
          outcome = .interrupted
          break
        }
        try record(metrics, events: events)
      }
      if isFinished { break }
      if let save, communicator.isWriter, saves.isDue(after: state.step) {
        try clock.pausing { try saveFinite(save) }
        saves.didSave(after: state.step)
      }
      guard let taken = try step(shouldStop: shouldStop) else {
        outcome = .interrupted
        break
      }
      state.runningTerms.add(taken.terms)
      state.runningSteps += 1
      last = (taken.learningRate, taken.gradientNorm)
      if state.step % options.loggingSteps == 0 || state.step == schedule.totalSteps {
        events(.step(report(taken.learningRate, taken.gradientNorm, &clock)))
      } else if clock.isPulseDue() {
        events(.pulse(pulse(taken.learningRate, taken.gradientNorm, clock)))
      }
    }
    if outcome == .interrupted, communicator.isWriter, let save {
      try saveFinite(save)
    } else {
      try requireFiniteWeights()
    }
    if state.stoppedEarly { outcome = .stoppedEarly }
    return TrainingSummary(
      outcome: outcome, state: state, seconds: clock.seconds, terms: state.reportedTerms,
      totalSteps: schedule.totalSteps)
  }

  /// A checkpoint of weights that are not finite would take the place of a good one.
  private func saveFinite(_ save: (TrainerCheckpoint) throws -> Void) throws {
    try requireFiniteWeights()
    try save(checkpoint())
  }

  /// Whether the weights after the last step are to be measured and have not been.
  private var isEvaluationDue: Bool {
    guard state.step > 0, state.evaluatedStep != state.step else { return false }
    let isLast = state.step == schedule.totalSteps
    switch options.evalStrategy {
    case .no: return false
    case .steps: return isLast || state.step % options.evalSteps == 0
    case .epoch: return isLast || state.step % order.stepsPerEpoch == 0
    }
  }

  private func record(_ metrics: [String: Double], events: (TrainingEvent) -> Void) throws {
    state.evaluatedStep = state.step
    var isBest = false
    if let name = options.metricForBestModel {
      guard let metric = metrics[name] else {
        throw TrainingError.missingMetric(name, measured: Array(metrics.keys))
      }
      isBest = state.record(
        metric: metric, greaterIsBetter: options.greaterIsBetter,
        threshold: options.earlyStoppingThreshold)
      if isBest && options.loadBestModelAtEnd { keepBest() }
    }
    events(.evaluated(step: state.step, metrics: metrics, isBest: isBest))
    if let patience = options.earlyStoppingPatience, state.step < schedule.totalSteps,
      state.evaluationsWithoutImprovement >= patience
    {
      state.stoppedEarly = true
      events(.stoppedEarly(step: state.step))
    }
  }

  private func keepBest() {
    let kept = makeBest()
    kept.values.assign(from: weights.values)
  }

  private func report(
    _ learningRate: Double, _ gradientNorm: Double, _ clock: inout TrainingClock
  ) -> TrainingEvent.Report {
    let report = pulse(learningRate, gradientNorm, clock)
    clock.lap(tokens: state.tokens)
    state.reportedTerms = report.terms
    state.runningTerms = LossTerms()
    state.runningSteps = 0
    return report
  }

  /// How training goes since the last report; nothing is begun anew.
  private func pulse(
    _ learningRate: Double, _ gradientNorm: Double, _ clock: TrainingClock
  ) -> TrainingEvent.Report {
    let pace = clock.pace(step: state.step, tokens: state.tokens)
    return TrainingEvent.Report(
      step: state.step, totalSteps: schedule.totalSteps,
      epoch: Double(state.step) / Double(order.stepsPerEpoch),
      terms: state.runningTerms.divided(by: max(1, state.runningSteps)),
      learningRate: learningRate, gradientNorm: gradientNorm,
      tokensPerSecond: pace.tokensPerSecond,
      secondsLeft: pace.secondsPerStep * Double(schedule.totalSteps - state.step))
  }
}
