internal import Files

extension Runner {
  /// The plan with what it costs: of every stage that runs, and of all of them.
  ///
  /// What stands is read where it lies; of what is still to be made counts what its maker foresees.
  ///
  /// - Throws: As reading the manifest.
  func reckoned(_ plan: Plan) throws -> Plan {
    let running = Set(
      plan.steps.filter { $0.action == .run || $0.action == .mayRun }.map(\.stage))
    guard !running.isEmpty else { return plan }
    let own = try reckonedCosts(
      of: running, try makePlanner(try StageSelection(options, in: pipeline)))
    var plan = plan
    for (index, step) in plan.steps.enumerated() {
      guard var cost = own[step.stage] else { continue }
      goOn(step, &cost)
      plan.steps[index].cost = cost
    }
    let costs = plan.steps.compactMap { step in step.cost.map { (stage: step.stage, cost: $0) } }
    plan.cost = PlanCost(
      costs, freeDisk: freeDisk(), freeMemory: services.freeMemory?())
    return plan
  }

  /// What the stages that run will probably take, in seconds; nil of one where it cannot be told.
  ///
  /// Where less than two stages run, whoever runs tells more himself.
  ///
  /// - Returns: The seconds by stage; nothing where nothing can be told.
  public func secondsAhead() -> [String: Double?] {
    do {
      let selection = try StageSelection(options, in: pipeline)
      let plan = try plan(selection, makePlanner(selection))
      let running = plan.steps.filter { $0.action == .run || $0.action == .mayRun }
      guard running.count > 1 else { return [:] }
      let costs = try reckoned(plan).steps.map { ($0.stage, $0.cost?.seconds) }
      let own = Dictionary(costs) { first, _ in first }
      return Dictionary(running.map { ($0.stage, own[$0.stage] ?? nil) }) { first, _ in first }
    } catch {
      // Whatever it is, the run will tell it.
      return [:]
    }
  }

  /// What the work of stages costs, from their beginning.
  private func reckonedCosts(
    of running: Set<String>, _ planner: borrowing Planner
  ) throws -> [String: StageCost] {
    let standing = Set(pipeline.stages.map(\.name)).subtracting(running)
    var foresight = Foresight(
      pipeline, adopted: standing, reckoningThreads: options.threads,
      exitStatus: services.exitStatus)
    for stage in pipeline.stages where running.contains(stage.name) {
      foresight.look(at: stage, isWanted: true)
    }
    let rates = RecordedRates.read(pipeline.workspace.metricsPath)
    var costs: [String: StageCost] = [:]
    for stage in pipeline.stages where running.contains(stage.name) {
      guard var cost = foresight.costs[stage.name] else { continue }
      if let rate = rates[stage.name], let tokens = cost.tokens, cost.steps != nil,
        isMeasuredHere(stage, planner)
      {
        cost.seconds = tokens / rate
        cost.isMeasured = true
      }
      costs[stage.name] = cost
    }
    return costs
  }

  /// Takes off the time of the steps that are done already.
  private func goOn(_ step: PlanStep, _ cost: inout StageCost) {
    let done = step.reasons.compactMap { reason in
      switch reason {
      case .interrupted(let step), .takesUp(let step): step
      default: nil
      }
    }
    guard let done = done.first, let steps = cost.steps, let seconds = cost.seconds, steps > 0,
      (0...steps).contains(done)
    else { return }
    cost.seconds = seconds * Double(steps - done) / Double(steps)
    cost.remarks.append("\(done) of its \(steps) steps are done: the time is that of the others")
  }

  /// Bytes free where the workspace is, or will be.
  private func freeDisk() -> Int? {
    var folder = pipeline.workspace.path
    while !folder.isEmpty, !fileExists(folder) {
      let above = splitPath(folder).folder
      if above == folder { break }
      folder = above
    }
    return try? freeBytes(in: folder.isEmpty ? "." : folder)
  }

  /// Whether what was recorded of a stage's speed holds for what it would do now: the same work a token,
  /// on the same machine.
  private func isMeasuredHere(_ stage: PipelineStage, _ planner: borrowing Planner) -> Bool {
    guard let record = planner.manifest.stages[stage.name],
      record.environment["threads"]
        == "\(min(stage.threads ?? options.threads, options.threads))"
    else { return false }
    let isHere = ["backend", "instruction_set", "precision"].allSatisfy {
      record.environment[$0] == services.environment[$0]
    }
    return isHere && planner.worksAlike(stage)
  }
}

extension Planner {
  /// Options that change how often something is done, or what comes of it, but not the work a token takes.
  private static let ofNoWork: Set<String> = [
    "num_train_epochs", "max_steps", "learning_rate", "lr_scheduler_type", "warmup_ratio",
    "weight_decay", "adam_beta1", "adam_beta2", "adam_epsilon", "temperature", "t2", "alpha",
    "eval_strategy", "eval_steps", "load_best_model_at_end", "metric_for_best_model",
    "early_stopping_patience", "early_stopping_threshold", "hidden_dropout_prob", "limit", "seed",
    "threshold", "allow_weak_teacher", "teacher_labels", "mlm_probability",
  ]

  /// Whether a stage does, token by token, the work that it did when it was recorded; so it does where
  /// its options are the same but for those of ``ofNoWork``, and what it reads was made alike.
  func worksAlike(_ stage: PipelineStage) -> Bool {
    guard let record = manifest.stages[stage.name] else { return false }
    if record.status == .frozen { return true }
    let differences = Fingerprint(of: stage, inputs: [:]).differences(from: record.fingerprint)
    let isAlike = differences.allSatisfy { difference in
      Self.ofNoWork.contains(String(difference.prefix { $0 != " " }))
    }
    guard isAlike else { return false }
    return stage.inputs.allSatisfy { input in
      let read = Set(record.inputs.filter { $0.port == input.port }.map(\.name))
      return input.names.allSatisfy { name in
        guard read.contains(name) else { return false }
        if let maker = pipeline.producer(of: name) { return worksAlike(maker.stage) }
        return isUnchanged(sources: pipeline.source(name)?.paths ?? [])
      }
    }
  }
}
