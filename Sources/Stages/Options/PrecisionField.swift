public import Compute
import Pipelines

/// In which numbers a stage's products read what passes through the models.
public enum PrecisionField {
  static let table = [
    OptionField(
      "precision", .choice(["auto"] + Precision.allCases.map(\.rawValue)), default: .text("auto"),
      help: "numbers that products read: auto takes bf16 where the processor multiplies it")
  ]

  /// What a declared precision means on this machine; `remark` says it for the user.
  ///
  /// - Throws: `StageError` (exit 69) when bf16 is demanded and not to be had.
  public static func resolve(_ declared: String) throws -> (precision: Precision, remark: String) {
    let obstacle = ComputeContext.obstacleToBF16
    switch (Precision(rawValue: declared), obstacle) {
    case (.fp32?, _): return (.fp32, "products in fp32")
    case (.bf16?, let obstacle?):
      throw StageError(status: .serviceUnavailable, description: "precision bf16: \(obstacle)")
    case (nil, let obstacle?): return (.fp32, "products in fp32: \(obstacle)")
    case (_, nil): return (.bf16, "products in bf16, sums and weights in fp32")
    }
  }
}

extension PrecisionField {
  /// What the declared precision means here; fp32 where it is not to be had.
  static func precision(_ options: OptionValues) -> Precision {
    (try? resolve(options.text("precision")))?.precision ?? .fp32
  }
}

extension StageContext {
  /// Where the stage computes: its threads, in the precision that its options ask for.
  ///
  /// - Throws: as ``PrecisionField/resolve(_:)``; `MemoryShortage` where products find no room.
  func computeContext(_ options: OptionValues) throws -> ComputeContext {
    let (precision, remark) = try PrecisionField.resolve(options.text("precision"))
    note(remark)
    try ComputeContext.requireRoom(threads: threads)
    return ComputeContext(threads: threads, precision: precision)
  }
}
