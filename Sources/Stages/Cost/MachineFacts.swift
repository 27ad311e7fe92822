import Artifacts
import Compute
import Files
import Foundation

/// What this machine has, and how fast it multiplies.
public enum MachineFacts {
  /// Bytes that this process may still take.
  public static var freeMemory: Int { MemoryRoom.available }

  /// Names and values, in the order to show them; takes a moment.
  ///
  /// - Parameter threads: Threads to multiply with.
  /// - Returns: The facts.
  static func all(threads: Int) -> [(String, String)] {
    var facts = [
      ("fp32 products", rate(ComputeContext(threads: threads)))
    ]
    if ComputeContext.obstacleToBF16 == nil {
      facts.append(("bf16 products", rate(ComputeContext(threads: threads, precision: .bf16))))
    }
    facts.append(("free memory", freeMemory.byteSize))
    if let free = try? freeBytes(in: ".") { facts.append(("free disk here", free.byteSize)) }
    return facts
  }

  /// The rate of a layer's product, the best of some.
  private static func rate(_ context: ComputeContext) -> String {
    let (rows, inputs, outputs) = (1024, 768, 768)
    let arena = Arena()
    let x = arena.operand(rows, inputs, context.precision)
    let left = Matrix(rows: rows, columns: inputs)
    let weight = Matrix(rows: outputs, columns: inputs)
    left.fill(0.5)
    weight.fill(0.25)
    context.copy(left, into: x)
    let packed = Weight(weight, copies: PackedCopies())
    let y = Matrix(rows: rows, columns: outputs)
    let product = { context.linear(x, packed, bias: nil, into: y) }
    product()
    let clock = ContinuousClock()
    let best = (0..<20).map { _ in clock.measure(product) / .seconds(1) }.min() ?? 0
    let flops = 2 * Double(rows * inputs * outputs)
    return String(format: "%.0f GFLOP/s", flops / max(best, 1e-9) / 1e9)
  }
}
