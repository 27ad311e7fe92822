internal import CKernels

/// One step of AdamW (Loshchilov and Hutter 2019), as PyTorch computes it.
///
/// m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
/// p = p - learningRate * weightDecay * p
///   - learningRate * (m / firstCorrection) / (sqrt(v / secondCorrection) + epsilon).
public struct AdamWStep: Sendable {
  /// The learning rate of this step.
  public var learningRate: Double
  /// The decay of the first moment.
  public var beta1: Double
  /// The decay of the second moment.
  public var beta2: Double
  /// Added to the root of the second moment.
  public var epsilon: Double
  /// The decoupled weight decay.
  public var weightDecay: Double
  /// 1 - beta1^t.
  public var firstCorrection: Double
  /// 1 - beta2^t.
  public var secondCorrection: Double
  /// A factor of the gradients: what clipping leaves of them.
  public var gradientScale: Double

  /// A step with its bias corrections given.
  public init(
    learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double, firstCorrection: Double, secondCorrection: Double,
    gradientScale: Double = 1
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.firstCorrection = firstCorrection
    self.secondCorrection = secondCorrection
    self.gradientScale = gradientScale
  }

  /// The step with number `step`, the first being 1.
  public init(
    learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double, step: Int, gradientScale: Double = 1
  ) {
    precondition(step > 0, "the first step is number 1")
    self.init(
      learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
      weightDecay: weightDecay, firstCorrection: 1 - power(beta1, step),
      secondCorrection: 1 - power(beta2, step), gradientScale: gradientScale)
  }
}

/// One step of BERT's Adam: no bias correction, the decay added to the update.
///
/// m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
/// p = p - learningRate * (m / (sqrt(v) + epsilon) + weightDecay * p).
public struct BertAdamStep: Sendable {
  /// The learning rate of this step.
  public var learningRate: Double
  /// The decay of the first moment.
  public var beta1: Double
  /// The decay of the second moment.
  public var beta2: Double
  /// Added to the root of the second moment.
  public var epsilon: Double
  /// The weight decay.
  public var weightDecay: Double
  /// A factor of the gradients: what clipping leaves of them.
  public var gradientScale: Double

  /// A step.
  public init(
    learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-6,
    weightDecay: Double, gradientScale: Double = 1
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.gradientScale = gradientScale
  }
}

/// base^exponent by repeated squaring, the same on every machine.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var result = 1.0
  var square = base
  var rest = exponent
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}

extension ComputeContext {
  /// Takes one AdamW step: parameters and both moments change, all of one shape.
  ///
  /// Rows that are not active have gradients and moments of zero: only their decay is left, to the
  /// same bits. All rows are active by default.
  public func adamW(
    parameters: Matrix, gradients: Matrix, firstMoment: Matrix, secondMoment: Matrix,
    _ step: AdamWStep, activeRows: [Bool]? = nil
  ) {
    var constants = ck_adam(
      gradient_scale: Float(step.gradientScale), beta1: Float(step.beta1),
      beta2: Float(step.beta2), epsilon: Float(step.epsilon),
      one_minus_beta1: Float(1 - step.beta1), one_minus_beta2: Float(1 - step.beta2),
      decay: Float(1 - step.learningRate * step.weightDecay),
      rate: Float(step.learningRate / step.firstCorrection),
      deviation_scale: Float(1 / step.secondCorrection.squareRoot()))
    parameters.buffer.version &+= 1
    let decay = constants.decay
    unsafe withUnsafePointer(to: &constants) { constants in
      forEachRun(
        [parameters, gradients, firstMoment, secondMoment], activeRows: activeRows
      ) { row, column, count in
        unsafe ck_adamw(
          count, constants, parameters.row(row) + column, gradients.row(row) + column,
          firstMoment.row(row) + column, secondMoment.row(row) + column)
      } resting: { row, count in
        if decay != 1 { unsafe ck_scale(count, decay, parameters.row(row)) }
      }
    }
  }

  /// Takes one BertAdam step: parameters and both moments change, all of one shape.
  ///
  /// Rows that are not active have gradients and moments of zero, and without decay they stay as
  /// they are. All rows are active by default.
  public func bertAdam(
    parameters: Matrix, gradients: Matrix, firstMoment: Matrix, secondMoment: Matrix,
    _ step: BertAdamStep, activeRows: [Bool]? = nil
  ) {
    var constants = ck_adam(
      gradient_scale: Float(step.gradientScale), beta1: Float(step.beta1),
      beta2: Float(step.beta2), epsilon: Float(step.epsilon),
      one_minus_beta1: Float(1 - step.beta1), one_minus_beta2: Float(1 - step.beta2),
      decay: Float(step.weightDecay),
      rate: Float(step.learningRate), deviation_scale: 1)
    parameters.buffer.version &+= 1
    let active = step.weightDecay == 0 ? activeRows : nil
    unsafe withUnsafePointer(to: &constants) { constants in
      forEachRun(
        [parameters, gradients, firstMoment, secondMoment], activeRows: active
      ) { row, column, count in
        unsafe ck_bert_adam(
          count, constants, parameters.row(row) + column, gradients.row(row) + column,
          firstMoment.row(row) + column, secondMoment.row(row) + column)
      } resting: { _, _ in
      }
    }
  }

  /// As `forEachRun`, but stretches of rows that are not active go to `resting`.
  private func forEachRun(
    _ matrices: [Matrix], activeRows: [Bool]?,
    _ body: (_ row: Int, _ column: Int, _ count: Int) -> Void,
    resting: (_ row: Int, _ count: Int) -> Void
  ) {
    let (rows, columns) = (matrices[0].rows, matrices[0].columns)
    guard let activeRows, matrices.allSatisfy(\.isContiguous) else {
      forEachRun(matrices, body)
      return
    }
    precondition(
      activeRows.count == rows && matrices.allSatisfy { $0.hasShape(of: matrices[0]) },
      "\(activeRows.count) flags for matrices of \(rows) x \(columns)")
    parallel(rows, by: rowsPerTile(columns)) { tile in
      var start = tile.lowerBound
      while start < tile.upperBound {
        let isActive = activeRows[start]
        let end = activeRows[start..<tile.upperBound].firstIndex { $0 != isActive }
        let count = ((end ?? tile.upperBound) - start) * columns
        if isActive { body(start, 0, count) } else { resting(start, count) }
        start = end ?? tile.upperBound
      }
    }
  }
}
