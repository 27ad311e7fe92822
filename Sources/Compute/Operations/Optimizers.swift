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

/// A step of one of the update rules.
public enum AdamStep: Sendable {
  /// A step of AdamW.
  case adamW(AdamWStep)
  /// A step of BERT's Adam.
  case bertAdam(BertAdamStep)
}

extension ComputeContext {
  /// Takes one step.
  ///
  /// - Parameters:
  ///   - parameters: changed, like both moments.
  ///   - gradients: of the shape of the parameters.
  ///   - firstMoment: of the same shape.
  ///   - secondMoment: of the same shape.
  ///   - step: the rule and its constants.
  ///   - rows: the rows that take it, each once; nil for all.
  public func update(
    parameters: Matrix, gradients: Matrix, firstMoment: Matrix, secondMoment: Matrix,
    _ step: AdamStep, rows: [Int32]? = nil
  ) {
    var constants = step.constants
    let kernel = unsafe step.kernel
    parameters.buffer.version &+= 1
    let matrices = [parameters, gradients, firstMoment, secondMoment]
    unsafe withUnsafePointer(to: &constants) { constants in
      guard let rows else {
        forEachRun(matrices) { row, column, count in
          unsafe kernel(
            count, constants, parameters.row(row) + column, gradients.row(row) + column,
            firstMoment.row(row) + column, secondMoment.row(row) + column)
        }
        return
      }
      checkShapes(matrices)
      checkRows(rows, of: parameters)
      parallel(rows.count, by: rowsPerTile(parameters.columns)) { places in
        for row in rows[places].lazy.map({ Int($0) }) {
          unsafe kernel(
            parameters.columns, constants, parameters.row(row), gradients.row(row),
            firstMoment.row(row), secondMoment.row(row))
        }
      }
    }
  }

  /// Takes steps whose gradients are zero, one after the other, to the bits of `update`.
  ///
  /// - Parameters:
  ///   - steps: steps of one rule.
  ///   - parameters: changed, like both moments.
  ///   - firstMoment: of the shape of the parameters.
  ///   - secondMoment: of the same shape.
  ///   - rows: the rows that take them, each once.
  ///   - taken: for each of these rows how many of the steps it has taken already.
  public func takeMissed(
    _ steps: [AdamStep], parameters: Matrix, firstMoment: Matrix, secondMoment: Matrix,
    rows: [Int32], taken: [Int]
  ) {
    guard let rule = steps.first, !rows.isEmpty else { return }
    precondition(
      rows.count == taken.count && taken.allSatisfy { (0...steps.count).contains($0) },
      "\(taken.count) counts of \(steps.count) steps for \(rows.count) rows")
    checkShapes([parameters, firstMoment, secondMoment])
    checkRows(rows, of: parameters)
    parameters.buffer.version &+= 1
    let kernel = unsafe rule.kernelOfMissed
    let constants = steps.map(\.constants)
    parallel(rows.count, by: rowsPerTile(parameters.columns)) { places in
      unsafe constants.withUnsafeBufferPointer { constants in
        guard let first = constants.baseAddress else { return }
        for place in places {
          let row = Int(rows[place])
          unsafe kernel(
            parameters.columns, steps.count - taken[place], first + taken[place],
            parameters.row(row), firstMoment.row(row), secondMoment.row(row))
        }
      }
    }
  }

  private func checkShapes(_ matrices: [Matrix]) {
    precondition(
      matrices.allSatisfy { $0.hasShape(of: matrices[0]) }, "an update of different shapes")
  }
}

extension AdamStep {
  fileprivate typealias Kernel = (
    Int, UnsafePointer<ck_adam>?, UnsafeMutablePointer<Float>?, UnsafePointer<Float>?,
    UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?
  ) -> Void
  fileprivate typealias KernelOfMissed = (
    Int, Int, UnsafePointer<ck_adam>?, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?,
    UnsafeMutablePointer<Float>?
  ) -> Void

  fileprivate var kernel: Kernel {
    switch self {
    case .adamW: { unsafe ck_adamw($0, $1, $2, $3, $4, $5) }
    case .bertAdam: { unsafe ck_bert_adam($0, $1, $2, $3, $4, $5) }
    }
  }

  fileprivate var kernelOfMissed: KernelOfMissed {
    switch self {
    case .adamW: { unsafe ck_adamw_missed($0, $1, $2, $3, $4, $5) }
    case .bertAdam: { unsafe ck_bert_adam_missed($0, $1, $2, $3, $4, $5) }
    }
  }

  /// The step as the kernels take it.
  fileprivate var constants: ck_adam {
    switch self {
    case .adamW(let step):
      ck_adam(
        gradient_scale: Float(step.gradientScale), beta1: Float(step.beta1),
        beta2: Float(step.beta2), epsilon: Float(step.epsilon),
        one_minus_beta1: Float(1 - step.beta1), one_minus_beta2: Float(1 - step.beta2),
        decay: Float(1 - step.learningRate * step.weightDecay),
        rate: Float(step.learningRate / step.firstCorrection),
        deviation_scale: Float(1 / step.secondCorrection.squareRoot()))
    case .bertAdam(let step):
      ck_adam(
        gradient_scale: Float(step.gradientScale), beta1: Float(step.beta1),
        beta2: Float(step.beta2), epsilon: Float(step.epsilon),
        one_minus_beta1: Float(1 - step.beta1), one_minus_beta2: Float(1 - step.beta2),
        decay: Float(step.weightDecay), rate: Float(step.learningRate), deviation_scale: 1)
    }
  }
}
