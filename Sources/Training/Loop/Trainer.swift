public import Compute
public import Transformer

/// Trains a model on an objective, step by step.
///
/// A step takes the next examples of the epoch's order, sums the gradients of its micro-batches and
/// updates the weights once. Two runs with the same data, options and seed give the same bits, on
/// any number of threads, whether or not they were interrupted. Memory is sized by the first steps
/// and reused.
public final class Trainer {
  /// The model that is trained.
  public let model: BertModel
  /// Its weights after the last step; to be read here alone, see `Optimizer`.
  public var weights: ParameterSet { optimizer.weights }
  /// The best weights by `metricForBestModel` under `loadBestModelAtEnd`, once there are some.
  public internal(set) var best: ParameterSet?
  /// The loss.
  public let objective: any Objective
  /// The update rule and its moments.
  public let optimizer: Optimizer
  /// How training runs.
  public let options: TrainingOptions
  /// Learning rate over the steps.
  public let schedule: Schedule
  /// Which examples make up which step.
  public let order: DataOrder
  /// Where training stands.
  public internal(set) var state = TrainerState()
  /// Which examples an epoch visits, where not each of them once.
  ///
  /// Set before the first step; what it remembers must be restored before the trainer is.
  public var sampling: (any RowSampling)?

  let source: any ExampleSource
  /// The processes that train together.
  public let communicator: any Communicator
  /// Where the arithmetic runs.
  public let context: ComputeContext
  let gradients: ParameterSet
  let arena = Arena()
  /// Memory of a loss of whole steps.
  let stepArena = Arena()
  /// Where the tables' gradients are not zero: the rows that the last step reaches.
  var reached: [GradientRows] = []

  /// Prepares a training.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - weights: its parameters, and those owned by the objective; trained in place.
  ///   - objective: the loss.
  ///   - source: the examples.
  ///   - options: how training runs.
  ///   - communicator: the processes that train together.
  ///   - context: where the arithmetic runs.
  /// - Throws: `TrainingError` when options contradict each other or there are no examples,
  ///   `MemoryShortage` where gradients and moments find no room.
  public init(
    _ model: BertModel, weights: ParameterSet, objective: any Objective,
    source: any ExampleSource, options: TrainingOptions,
    communicator: any Communicator = SingleProcess(), on context: ComputeContext
  ) throws {
    try options.validate()
    guard source.count > 0 else {
      throw TrainingError.invalidExample(0, "there are no training examples")
    }
    self.model = model
    self.objective = objective
    self.source = source
    self.options = options
    self.communicator = communicator
    self.context = context
    if options.dataloaderDropLast, source.count < options.examplesPerStep {
      throw TrainingError.invalidOption(
        "dataloader_drop_last",
        "\(source.count) examples are too few for a step of \(options.examplesPerStep); "
          + "take a smaller per_device_train_batch_size, or leave it out")
    }
    order = DataOrder(
      count: source.count, examplesPerStep: options.examplesPerStep, seed: options.seed,
      dropsLast: options.dataloaderDropLast)
    schedule = options.schedule(
      totalSteps: options.maxSteps ?? order.steps(epochs: options.numTrainEpochs))
    // Gradients, and the two moments of the optimiser.
    try MemoryRoom.require(
      3 * weights.layout.byteCount,
      for: "training a model of \(weights.layout.count) parameters, beside its weights,")
    gradients = ParameterSet(weights.layout)
    optimizer = Optimizer(
      model.reached(by: objective.taps) + objective.ownedParameters, of: weights,
      options: options.optimizer, on: context)
  }

  /// What the training is for: the best weights under `loadBestModelAtEnd`, else the last.
  public var result: ParameterSet { options.loadBestModelAtEnd ? best ?? weights : weights }

  /// Whether no step is left to take.
  public var isFinished: Bool { state.stoppedEarly || state.step >= schedule.totalSteps }

  /// Takes the next optimiser step, or the rest of one that was stopped half-way.
  ///
  /// - Parameter shouldStop: asked before every micro-batch.
  /// - Returns: the step's loss terms, learning rate and gradient norm, or nil if it was stopped; then
  ///   `state.openStep` says how far it has come, and the next call goes on with it.
  /// - Throws: `TrainingError` on numbers that are not finite or examples the model cannot take,
  ///   and what source, objective and communicator throw; the weights are then those of the step before.
  public func step(
    shouldStop: () -> Bool = { false }
  ) throws -> (terms: LossTerms, learningRate: Double, gradientNorm: Double)? {
    let epoch = order.epoch(ofStep: state.step)
    let batches = try batches(ofStep: state.step, epoch: epoch)
    let totals = StepTotals(
      objective.denominators, of: batches, step: state.step, of: schedule.totalSteps)
    let dropout = DropoutStreams(seed: options.seed, epoch: UInt64(epoch))
    var open = state.openStep ?? TrainerState.OpenStep(maxTokens: options.maxTokens)
    // Not part of the state while it is added to: after a fault the step begins anew.
    state.openStep = nil
    if open.microBatches == 0 {
      clearGradients()
      reached = model.gradientRows(of: batches.map(\.packed))
    }
    let weights = optimizer.weights(reaching: reached)
    func isStopWanted() throws -> Bool {
      try communicator.isStopWanted(shouldStop(), isWithinStep: open.microBatches > 0)
    }
    var share: StepShare?
    if let loss = objective.stepLoss, batches.count > 1 {
      share = try stepShare(loss, of: batches, weights, dropout, shouldStop: isStopWanted)
      guard share != nil else {
        if open.microBatches > 0 { state.openStep = open }
        return nil
      }
    }
    for number in open.microBatches..<batches.count {
      if try isStopWanted() {
        if open.microBatches > 0 { state.openStep = open }
        return nil
      }
      open.terms.add(
        try sweep(
          batches[number], weights, totals: totals, dropout,
          stepGradient: share?.gradient(of: number)))
      if let share, let loss = objective.stepLoss, number == 0 {
        open.terms.add(loss.term, share.value)
      }
      open.microBatches += 1
      if let name = open.terms.firstNonFinite {
        throw TrainingError.nonFinite(term: name, step: state.step + 1)
      }
    }
    let summed = try communicator.sum(gradients, terms: open.terms, reached: reached)
    reached = summed.reached
    let learningRate = options.learningRate * schedule.factor(at: state.step)
    let norm = try optimizer.update(
      gradients: gradients, sparse: reached, step: state.step, learningRate: learningRate)
    state.step += 1
    state.tokens += batches.reduce(0) { $0 + $1.packed.tokens }
    return (summed.terms, learningRate, norm)
  }

  /// Throws an error that names the tensor when a weight is NaN or infinite.
  func requireFiniteWeights() throws {
    let weights = weights
    guard context.hasNonFinite(weights.values) > 0 else { return }
    for parameter in weights.layout.parameters {
      let count = context.hasNonFinite(weights[parameter])
      if count > 0 {
        throw TrainingError.nonFinite(weight: parameter.name, count: count, step: state.step)
      }
    }
  }

  /// Makes all gradients zero: of the tables the rows that are not, of the rest everything.
  private func clearGradients() {
    var start = 0
    for table in reached.sorted(by: { $0.parameter.offset < $1.parameter.offset }) {
      context.clear(gradients.values.columns(start..<table.parameter.offset))
      context.clearRows(gradients[table.parameter], rows: table.rows)
      start = table.parameter.offset + table.parameter.count
    }
    context.clear(gradients.values.columns(start..<gradients.values.columns))
  }

  /// Forward, loss and backward over one micro-batch; the gradient of a loss of the whole step is known
  /// where it is cut into several.
  private func sweep(
    _ batch: TrainingBatch, _ weights: ParameterSet, totals: StepTotals, _ dropout: DropoutStreams,
    stepGradient: Matrix?
  ) throws -> LossTerms {
    arena.reset()
    let activations = model.forward(
      batch.packed, weights, taps: objective.taps, mode: .training(dropout), on: context, in: arena)
    let tapGradients = activations.makeTapGradients(in: arena)
    var terms = try objective.evaluate(
      batch, student: activations, tapGradients: tapGradients, weights: weights,
      gradients: gradients, totals: totals, on: context, in: arena)
    if let loss = objective.stepLoss, let logits = activations.logits,
      let gradient = tapGradients.logits
    {
      if let stepGradient {
        context.add(stepGradient, into: gradient)
      } else {
        terms.add(
          loss.term,
          try loss.evaluate(
            logits, of: batch.indices, gradient: gradient, on: context, in: arena))
      }
    }
    model.backward(activations, tapGradients, weights, into: gradients, on: context, in: arena)
    return terms
  }

  /// Checks, prepares and packs a step's examples.
  func batches(ofStep step: Int, epoch: Int) throws -> [TrainingBatch] {
    let places = order.places(ofStep: step)
    let indices = places.map { place in
      sampling?.example(at: place, epoch: epoch, of: order)
        ?? order.example(at: place, epoch: epoch)
    }
    let examples = try source.examples(indices)
    for (example, index) in zip(examples, indices) { try model.check(example, index: index) }
    let prepared = zip(examples, places).map { example, place in
      objective.prepared(example, seed: options.seed, epoch: epoch, place: place)
    }
    return MicroBatcher(maxTokens: options.maxTokens, padding: options.padding).batches(
      prepared, indices: indices, firstPlace: places.lowerBound, epoch: epoch)
  }
}
