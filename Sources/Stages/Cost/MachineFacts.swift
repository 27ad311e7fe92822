import Artifacts
import Compute
import Files
import Foundation

/// What this machine has, and how fast it multiplies.
public enum MachineFacts {
  /// Bytes that this process may still take.
  public static var freeMemory: Int { MemoryRoom.available }

  /// A fact for people, and its number under a name for programs.
  struct Fact {
    let name: String
    let text: String
    let key: String
    let number: JSONValue
  }

  /// The facts, in the order to show them; takes a moment.
  ///
  /// - Parameter threads: Threads to multiply with.
  /// - Returns: The facts.
  static func all(threads: Int) -> [Fact] {
    var facts = [rate("fp32", ComputeContext(threads: threads))]
    if ComputeContext.obstacleToBF16 == nil {
      facts.append(rate("bf16", ComputeContext(threads: threads, precision: .bf16)))
    }
    facts.append(bytes("free memory", "free_memory_bytes", freeMemory))
    if let free = try? freeBytes(in: ".") {
      facts.append(bytes("free disk here", "free_disk_here_bytes", free))
    }
    return facts
  }

  private static func bytes(_ name: String, _ key: String, _ count: Int) -> Fact {
    Fact(name: name, text: count.byteSize, key: key, number: .integer(count))
  }

  private static func rate(_ precision: String, _ context: ComputeContext) -> Fact {
    let gigaflops = gigaflops(context)
    return Fact(
      name: "\(precision) products", text: String(format: "%.0f GFLOP/s", gigaflops),
      key: "\(precision)_gflops", number: .number(gigaflops))
  }

  /// The rate of a layer's product, the best of some.
  private static func gigaflops(_ context: ComputeContext) -> Double {
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
    return flops / max(best, 1e-9) / 1e9
  }
}
