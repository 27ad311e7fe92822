import Compute

/// Times single products through the very functions that the model calls.
struct ProductTimer {
  /// Where they are computed.
  let context: ComputeContext
  /// Every product is repeated for so many seconds, and at least three times.
  var seconds = 0.3

  /// The rate of a layer's product: the best and the median of its repetitions, in GFLOP/s.
  func rate(_ shape: ProductRecord.Shape) -> (best: Double, median: Double) {
    let input = filled(shape.m, shape.k)
    let output = filled(shape.m, shape.n)
    let (x, dy) = (operand(input), operand(output))
    let weight = Weight(filled(shape.n, shape.k), copies: PackedCopies())
    let gradient = Matrix(rows: shape.n, columns: shape.k)
    let product = {
      switch shape.operation {
      case .forward, .attention: context.linear(x, weight, bias: nil, into: output)
      case .inputGradient: context.inputGradient(dy, weight, into: input)
      case .weightGradient: context.weightGradient(dy, x, into: gradient, bias: nil)
      }
    }
    product()  // pages are touched and threads awake before the clock starts
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var times: [Double] = []
    repeat {
      times.append(clock.measure(product) / .seconds(1))
    } while times.count < 3 || clock.now < end
    let rate = { (time: Double) in Double(shape.flops) / max(time, 1e-9) / 1e9 }
    return (rate(times.min() ?? .infinity), rate(times.median ?? .infinity))
  }

  /// The rate of the best large product, in GFLOP/s: what the machine gives at most.
  func peak() -> Double {
    [(768, 768), (768, 3072), (3072, 768)].map { inputs, outputs in
      rate(ProductRecord.Shape(.forward, m: 4096, k: inputs, n: outputs)).best
    }.max() ?? 0
  }

  /// A matrix as products read it.
  private func operand(_ matrix: Matrix) -> Operand {
    guard context.precision == .bf16 else { return .fp32(matrix) }
    let operand = Arena().operand(matrix.rows, matrix.columns, .bf16)
    context.copy(matrix, into: operand)
    return operand
  }

  /// Numbers between -1/2 and 1/2 without order.
  private func filled(_ rows: Int, _ columns: Int) -> Matrix {
    let matrix = Matrix(rows: rows, columns: columns)
    matrix.withElements { elements in
      for index in elements.indices {
        let mixed = UInt32(truncatingIfNeeded: index) &* 2_654_435_761
        elements[index] = Float(mixed >> 8) / Float(1 << 24) - 0.5
      }
    }
    return matrix
  }
}
