import Compute

/// What computes here, for the record.
public enum EngineFacts {
  /// Names and values.
  public static var all: [String: String] {
    [
      "backend": ComputeContext.backend, "instruction_set": ComputeContext.instructionSet,
      "precision": "fp32", "version": Product.version,
    ]
  }
}
