import CKernels
import COpenBLAS

extension ComputeContext {
  /// The library behind matrix products and the processor core it computes for, such as
  /// `OpenBLAS 0.3.21 (Zen)`.
  public static var backend: String {
    let configuration = unsafe openblas_get_config().map { unsafe String(cString: $0) } ?? ""
    let core = unsafe openblas_get_corename().map { unsafe String(cString: $0) } ?? "unknown core"
    // The configuration starts with name and version: "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...".
    let name = configuration.split(separator: " ").prefix(2).joined(separator: " ")
    return "\(name) (\(core))"
  }

  /// The widest vector instructions that our own kernels use here.
  public static var instructionSet: String { unsafe String(cString: ck_instruction_set()) }
}
