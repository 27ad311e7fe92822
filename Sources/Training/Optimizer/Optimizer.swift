public import Compute
public import Transformer

/// Turns a step's gradients into new weights.
///
/// Only the parameters it was made for are touched: one that a loss cannot reach is neither
/// updated nor decayed. Its state is two moments per parameter. Rows of tables that a step does not
/// reach are updated later, but before anybody sees them: weights and moments are to be read here.
public final class Optimizer {
  /// The update rule and its constants.
  public let options: OptimizerOptions
  /// The parameters that are updated, in layout order.
  public let parameters: [Parameter]

  private let context: ComputeContext
  private let storedWeights, storedFirstMoment, storedSecondMoment: ParameterSet
  /// The tables with rows that are behind, by name.
  private var pending: [String: PendingRows] = [:]

  /// Creates an optimiser with zero moments.
  ///
  /// - Parameters:
  ///   - parameters: those that are trained.
  ///   - weights: updated in place; from now on to be read from the optimiser.
  ///   - options: the update rule.
  ///   - context: where the arithmetic runs.
  public init(
    _ parameters: [Parameter], of weights: ParameterSet, options: OptimizerOptions,
    on context: ComputeContext
  ) {
    self.options = options
    self.parameters = parameters.sorted { $0.offset < $1.offset }
    storedWeights = weights
    storedFirstMoment = ParameterSet(weights.layout)
    storedSecondMoment = ParameterSet(weights.layout)
    self.context = context
  }

  /// The weights after the last step.
  public var weights: ParameterSet {
    catchUp()
    return storedWeights
  }

  /// Running mean of the gradients, in the layout of the weights.
  public var firstMoment: ParameterSet {
    catchUp()
    return storedFirstMoment
  }

  /// Running mean of the squared gradients, in the layout of the weights.
  public var secondMoment: ParameterSet {
    catchUp()
    return storedSecondMoment
  }

  /// The weights for those who read only these rows of the tables: others may be some steps behind.
  func weights(reaching rows: [GradientRows]) -> ParameterSet {
    for table in rows { catchUp(table.parameter, table.rows.lazy.map { Int($0) }) }
    return storedWeights
  }

  /// Clips the gradients and updates the weights.
  ///
  /// - Parameters:
  ///   - gradients: gradients of the whole step; not changed.
  ///   - sparse: tables whose gradient is zero but for some rows; only those are looked at.
  ///   - step: steps taken before this one.
  ///   - learningRate: the schedule's factor included.
  /// - Returns: the norm of all gradients before clipping.
  /// - Throws: `TrainingError.Kind.nonFinite` naming the tensor, before any weight has changed.
  @discardableResult
  public func update(
    gradients: ParameterSet, sparse: [GradientRows] = [], step: Int, learningRate: Double
  ) throws -> Double {
    let rows = Dictionary(
      sparse.map { ($0.parameter.name, $0.rows) }, uniquingKeysWith: { first, _ in first })
    let squares = parameters.map { parameter in
      rows[parameter.name].map { context.sumOfSquares(gradients[parameter], rows: $0) }
        ?? context.sumOfSquares(gradients[parameter])
    }
    let norm = squares.reduce(0, +).squareRoot()
    if !norm.isFinite {
      for parameter in parameters {
        let count = context.hasNonFinite(gradients[parameter])
        if count > 0 {
          throw TrainingError.nonFinite(gradient: parameter.name, count: count, step: step + 1)
        }
      }
    }
    for (parameter, square) in zip(parameters, squares) {
      let rule = rule(
        parameter, step: step, learningRate: learningRate,
        gradientScale: clippingFactor(norm: norm, tensorNorm: square.squareRoot()))
      let rows = rows[parameter.name]
      if let rows { catchUp(parameter, rows.lazy.map { Int($0) }) } else { catchUp(parameter) }
      context.update(
        parameters: storedWeights[parameter], gradients: gradients[parameter],
        firstMoment: storedFirstMoment[parameter], secondMoment: storedSecondMoment[parameter],
        rule, rows: rows)
      if let rows { postpone(rule, of: parameter, exceptFor: rows) }
    }
    return norm
  }

  /// Leaves a step to be taken later by all rows of a table but these, which have taken it.
  private func postpone(_ step: AdamStep, of table: Parameter, exceptFor rows: [Int32]) {
    pending[table.name, default: PendingRows(rows: table.rows)].add(step, takenBy: rows)
    if let due = pending[table.name]?.due { catchUp(table, due) }
  }

  /// Takes the steps that these rows have still to take.
  private func catchUp(_ table: Parameter, _ rows: some Sequence<Int>) {
    guard let steps = pending[table.name]?.steps,
      let behind = pending[table.name]?.takeBehind(rows)
    else { return }
    context.takeMissed(
      steps, parameters: storedWeights[table], firstMoment: storedFirstMoment[table],
      secondMoment: storedSecondMoment[table], rows: behind.rows, taken: behind.taken)
  }

  private func catchUp(_ table: Parameter) {
    if let all = pending[table.name]?.all { catchUp(table, all) }
  }

  private func catchUp() {
    for table in parameters { catchUp(table) }
  }

  /// PyTorch's rule: gradient x min(1, limit / (norm + 1e-6)).
  private func clippingFactor(norm: Double, tensorNorm: Double) -> Double {
    switch options.clipping {
    case .none: 1
    case .global(let limit): min(1, limit / (norm + 1e-6))
    case .perTensor(let limit): min(1, limit / (tensorNorm + 1e-6))
    }
  }

  private func rule(
    _ parameter: Parameter, step: Int, learningRate: Double, gradientScale: Double
  ) -> AdamStep {
    AdamStep(
      options.rule, learningRate: learningRate, beta1: options.beta1, beta2: options.beta2,
      epsilon: options.epsilon, weightDecay: parameter.decays ? options.weightDecay : 0,
      step: step + 1, gradientScale: gradientScale)
  }
}
