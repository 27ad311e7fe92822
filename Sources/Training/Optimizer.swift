public import Compute
public import Transformer

/// Turns a step's gradients into new weights.
///
/// Only the parameters it was made for are touched: one that a loss cannot reach is neither
/// updated nor decayed. Its state is two moments per parameter.
public final class Optimizer {
  /// The update rule and its constants.
  public let options: OptimizerOptions
  /// The parameters that are updated, in layout order.
  public let parameters: [Parameter]
  /// Running mean of the gradients, in the layout of the weights.
  public let firstMoment: ParameterSet
  /// Running mean of the squared gradients, in the layout of the weights.
  public let secondMoment: ParameterSet

  private let context: ComputeContext
  /// For a table of which steps reach few rows, by name: the rows whose moments may not be zero.
  private var activeRows: [String: [Bool]] = [:]

  /// Creates an optimiser with zero moments.
  ///
  /// - Parameters:
  ///   - parameters: those that are trained.
  ///   - layout: layout of weights and gradients.
  ///   - options: the update rule.
  ///   - context: where the arithmetic runs.
  public init(
    _ parameters: [Parameter], in layout: ParameterLayout, options: OptimizerOptions,
    on context: ComputeContext
  ) {
    self.options = options
    self.parameters = parameters.sorted { $0.offset < $1.offset }
    firstMoment = ParameterSet(layout)
    secondMoment = ParameterSet(layout)
    self.context = context
  }

  /// Clips the gradients and updates the weights.
  ///
  /// - Parameters:
  ///   - weights: updated in place.
  ///   - gradients: gradients of the whole step; not changed.
  ///   - sparse: tables whose gradient is zero but for some rows; only those are looked at.
  ///   - step: steps taken before this one.
  ///   - learningRate: the schedule's factor included.
  /// - Returns: the norm of all gradients before clipping.
  /// - Throws: `TrainingError.Kind.nonFinite` naming the tensor, before any weight has changed.
  @discardableResult
  public func update(
    _ weights: ParameterSet, gradients: ParameterSet, sparse: [GradientRows] = [], step: Int,
    learningRate: Double
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
      update(
        parameter, weights, gradients, activeRows: activate(rows[parameter.name], of: parameter),
        step: step, learningRate: learningRate,
        gradientScale: clippingFactor(norm: norm, tensorNorm: square.squareRoot()))
    }
    return norm
  }

  /// Looks at the moments anew: to be called when they were changed from outside.
  func forgetActiveRows() { activeRows = [:] }

  /// The rows that an update must touch, those that the step reaches among them; nil for all.
  private func activate(_ rows: [Int32]?, of parameter: Parameter) -> [Bool]? {
    guard let rows else {
      activeRows[parameter.name] = nil
      return nil
    }
    var active =
      activeRows.removeValue(forKey: parameter.name)
      ?? zip(
        context.rowsOtherThanZero(firstMoment[parameter]),
        context.rowsOtherThanZero(secondMoment[parameter])
      ).map { $0 || $1 }
    for row in rows { active[Int(row)] = true }
    activeRows[parameter.name] = active
    return active
  }

  /// PyTorch's rule: gradient x min(1, limit / (norm + 1e-6)).
  private func clippingFactor(norm: Double, tensorNorm: Double) -> Double {
    switch options.clipping {
    case .none: 1
    case .global(let limit): min(1, limit / (norm + 1e-6))
    case .perTensor(let limit): min(1, limit / (tensorNorm + 1e-6))
    }
  }

  private func update(
    _ parameter: Parameter, _ weights: ParameterSet, _ gradients: ParameterSet,
    activeRows: [Bool]?, step: Int, learningRate: Double, gradientScale: Double
  ) {
    let decay = parameter.decays ? options.weightDecay : 0
    switch options.algorithm {
    case .adamW:
      let settings = AdamWStep(
        learningRate: learningRate, beta1: options.beta1, beta2: options.beta2,
        epsilon: options.epsilon, weightDecay: decay, step: step + 1,
        gradientScale: gradientScale)
      context.adamW(
        parameters: weights[parameter], gradients: gradients[parameter],
        firstMoment: firstMoment[parameter], secondMoment: secondMoment[parameter], settings,
        activeRows: activeRows)
    case .bertAdam:
      let settings = BertAdamStep(
        learningRate: learningRate, beta1: options.beta1, beta2: options.beta2,
        epsilon: options.epsilon, weightDecay: decay, gradientScale: gradientScale)
      context.bertAdam(
        parameters: weights[parameter], gradients: gradients[parameter],
        firstMoment: firstMoment[parameter], secondMoment: secondMoment[parameter], settings,
        activeRows: activeRows)
    }
  }
}
