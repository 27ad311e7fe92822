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
  /// The best weights by `metricForBestModel`, once there are some.
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

  let source: any ExampleSource
  let masking: TokenMasking?
  /// Where the arithmetic runs.
  public let context: ComputeContext
  let gradients: ParameterSet
  let arena = Arena()
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
  ///   - masking: hides tokens; masked language modelling needs one.
  ///   - context: where the arithmetic runs.
  /// - Throws: `TrainingError` when options contradict each other or there are no examples.
  public init(
    _ model: BertModel, weights: ParameterSet, objective: any Objective,
    source: any ExampleSource, options: TrainingOptions, masking: TokenMasking? = nil,
    on context: ComputeContext
  ) throws {
    try options.validate()
    guard source.count > 0 else {
      throw TrainingError.invalidExample(0, "there are no training examples")
    }
    self.model = model
    self.objective = objective
    self.source = source
    self.options = options
    self.masking = masking
    self.context = context
    order = DataOrder(
      count: source.count, examplesPerStep: options.examplesPerStep, seed: options.seed)
    schedule = options.schedule(
      totalSteps: options.maxSteps ?? order.steps(epochs: options.numTrainEpochs))
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
  ///   and what the source throws; the weights are then those of the step before.
  public func step(
    shouldStop: () -> Bool = { false }
  ) throws -> (terms: LossTerms, learningRate: Double, gradientNorm: Double)? {
    let epoch = order.epoch(ofStep: state.step)
    let batches = try batches(ofStep: state.step, epoch: epoch)
    var totals = StepTotals()
    for batch in batches { totals.add(batch) }
    let dropout = DropoutStreams(seed: options.seed, epoch: UInt64(epoch))
    var open = state.openStep ?? TrainerState.OpenStep(maxTokens: options.maxTokens)
    // Not part of the state while it is added to: after a fault the step begins anew.
    state.openStep = nil
    if open.microBatches == 0 {
      clearGradients()
      reached = model.gradientRows(of: batches.map(\.packed))
    }
    let weights = optimizer.weights(reaching: reached)
    for batch in batches[open.microBatches...] {
      if shouldStop() {
        if open.microBatches > 0 { state.openStep = open }
        return nil
      }
      open.terms.add(
        try sweep(
          batch, objective, weights, totals: totals, mode: .training(dropout), backward: true))
      open.microBatches += 1
      if let name = open.terms.firstNonFinite {
        throw TrainingError.nonFinite(term: name, step: state.step + 1)
      }
    }
    let learningRate = options.learningRate * schedule.factor(at: state.step)
    let norm = try optimizer.update(
      gradients: gradients, sparse: reached, step: state.step, learningRate: learningRate)
    state.step += 1
    state.tokens += totals.tokens
    return (open.terms, learningRate, norm)
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

  /// Forward, loss and, for training, backward over one micro-batch.
  func sweep(
    _ batch: TrainingBatch, _ objective: any Objective, _ weights: ParameterSet,
    totals: StepTotals, mode: BertModel.Mode, backward: Bool
  ) throws -> LossTerms {
    arena.reset()
    let activations = model.forward(
      batch.packed, weights, taps: objective.taps, mode: mode, on: context, in: arena)
    let tapGradients = activations.makeTapGradients(in: arena)
    let terms = try objective.evaluate(
      batch, student: activations, tapGradients: tapGradients, weights: weights,
      gradients: gradients, totals: totals, on: context, in: arena)
    if backward {
      model.backward(
        activations, tapGradients, weights, into: gradients, on: context, in: arena)
    }
    return terms
  }

  func batches(ofStep step: Int, epoch: Int) throws -> [TrainingBatch] {
    let places = order.places(ofStep: step)
    let indices = places.map { order.example(at: $0, epoch: epoch) }
    return try pack(
      try source.examples(indices), indices: indices, firstPlace: places.lowerBound, epoch: epoch)
  }

  /// Checks examples against the model, masks and packs them.
  func pack(
    _ examples: [Example], indices: [Int], firstPlace: Int, epoch: Int
  ) throws -> [TrainingBatch] {
    for (example, index) in zip(examples, indices) { try model.check(example, index: index) }
    return MicroBatcher(maxTokens: options.maxTokens).batches(
      examples, indices: indices, firstPlace: firstPlace, masking: masking, seed: options.seed,
      epoch: epoch)
  }
}
