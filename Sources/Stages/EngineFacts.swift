import Artifacts
import Compute

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
