import Artifacts
import Compute
import Files
import Foundation

/// What this machine offers, and a product checked against plain arithmetic.
public struct Doctor {
  /// Facts in the order to show them.
  public let facts: [(String, String)]
  /// Whether the check was right.
  public let isHealthy: Bool
  /// Facts that are numbers, for programs.
  private let numbers: [(String, JSONValue)]

  /// Looks and computes; takes a moment.
  ///
  /// - Parameter processors: How many processors there are.
  /// - Throws: `MemoryShortage` where products find no room.
  public init(processors: Int) throws {
    try ComputeContext.requireRoom()
    let share = ProcessorShare()
    let context = ComputeContext(threads: share.threads(of: processors))
    let error = Doctor.productError(on: context)
    isHealthy = error < 1e-4
    let limit = share.limit.map { limit in
      "\(String(format: "%.2f", limit)) of \(processors) processors, by \(share.source ?? "")"
    }
    let machine = MachineFacts.all(threads: context.threads)
    facts =
      BuildFacts.all + [
        ("threads", "\(context.threads)"),
        ("processor limit", limit ?? "none: \(processors) processors"),
        (
          "check of a product",
          isHealthy
            ? "right (largest error \(String(format: "%.1e", error)))"
            : "WRONG by \(error): set OPENBLAS_CORETYPE=Haswell and try again"
        ),
      ] + machine.map { ($0.name, $0.text) }
    numbers = machine.map { ($0.key, $0.number) }
  }

  /// Largest difference between a product of the engine and sums in double precision.
  private static func productError(on context: ComputeContext) -> Double {
    let (rows, inner, columns) = (130, 257, 65)
    let value = { (row: Int, column: Int) in Float((row * 31 + column * 17) % 23 - 11) / 8 }
    let left = Matrix(rows: rows, columns: inner)
    let right = Matrix(rows: inner, columns: columns)
    for row in 0..<rows { for column in 0..<inner { left[row, column] = value(row, column) } }
    for row in 0..<inner { for column in 0..<columns { right[row, column] = value(column, row) } }
    let product = Matrix(rows: rows, columns: columns)
    context.multiply(left, right, into: product)
    var largest = 0.0
    for row in 0..<rows {
      for column in 0..<columns {
        let sum = (0..<inner).reduce(0.0) {
          $0 + Double(left[row, $1]) * Double(right[$1, column])
        }
        largest = max(largest, abs(sum - Double(product[row, column])))
      }
    }
    return largest
  }

  /// One JSON document with stable keys.
  public func json() throws -> String {
    var document = JSONValue.members(ofFacts: facts)
    for (name, value) in numbers { document[name] = value }
    document["schema"] = .string("distill.doctor/1")
    document["healthy"] = .boolean(isHealthy)
    return try JSONValue.sorted(document).indented()
  }
}

/// What computes here, for the record.
public enum EngineFacts {
  /// Names and values; `precision` is what `auto` means here.
  public static var all: [String: String] {
    [
      "backend": ComputeContext.backend, "instruction_set": ComputeContext.instructionSet,
      "precision": ComputeContext.obstacleToBF16 == nil ? "bf16" : "fp32",
      "version": ProgramVersion.number,
    ]
  }
}
