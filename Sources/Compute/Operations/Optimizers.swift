internal import CKernels

/// One step of Adam (Kingma and Ba 2015): m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
/// and what the rule makes of them.
public struct AdamStep: Sendable {
  /// How the moments and the decay change a parameter.
  public enum Rule: Sendable {
    /// AdamW (Loshchilov and Hutter 2019), as PyTorch computes it:
    /// p = p - learningRate * weightDecay * p
    ///   - learningRate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).
    case adamW
    /// BERT's Adam, TinyBERT's optimiser, without bias correction:
    /// p = p - learningRate * (m / (sqrt(v) + epsilon) + weightDecay * p).
    case bertAdam

    /// What the rule's authors add to the root of the second moment.
    public var usualEpsilon: Double { self == .adamW ? 1e-8 : 1e-6 }
  }

  let rule: Rule
  let learningRate: Double
  let beta1: Double
  let beta2: Double
  let epsilon: Double
  let weightDecay: Double
  /// t, the first step being 1.
  let step: Int
  let gradientScale: Double

  /// A step.
  ///
  /// - Parameters:
  ///   - rule: AdamW or BERT's Adam.
  ///   - learningRate: of this step.
  ///   - beta1: the decay of the first moment.
  ///   - beta2: the decay of the second moment.
  ///   - epsilon: added to the root of the second moment; the rule's usual one if nil.
  ///   - weightDecay: what the rule does with it.
  ///   - step: its number, the first being 1; only AdamW reads it.
  ///   - gradientScale: a factor of the gradients: what clipping leaves of them.
  public init(
    _ rule: Rule, learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double? = nil, weightDecay: Double, step: Int, gradientScale: Double = 1
  ) {
    precondition(step > 0, "the first step is number 1")
    self.rule = rule
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon ?? rule.usualEpsilon
    self.weightDecay = weightDecay
    self.step = step
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
    switch rule {
    case .adamW: { unsafe ck_adamw($0, $1, $2, $3, $4, $5) }
    case .bertAdam: { unsafe ck_bert_adam($0, $1, $2, $3, $4, $5) }
    }
  }

  fileprivate var kernelOfMissed: KernelOfMissed {
    switch rule {
    case .adamW: { unsafe ck_adamw_missed($0, $1, $2, $3, $4, $5) }
    case .bertAdam: { unsafe ck_bert_adam_missed($0, $1, $2, $3, $4, $5) }
    }
  }

  /// The step as the kernels take it.
  fileprivate var constants: ck_adam {
    var constants = ck_adam(
      gradient_scale: Float(gradientScale), beta1: Float(beta1), beta2: Float(beta2),
      epsilon: Float(epsilon), one_minus_beta1: Float(1 - beta1),
      one_minus_beta2: Float(1 - beta2), decay: Float(weightDecay), rate: Float(learningRate),
      deviation_scale: 1)
    if rule == .adamW {
      constants.decay = Float(1 - learningRate * weightDecay)
      constants.rate = Float(learningRate / (1 - power(beta1, step)))
      constants.deviation_scale = Float(1 / (1 - power(beta2, step)).squareRoot())
    }
    return constants
  }
}
