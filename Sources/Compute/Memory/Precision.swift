#if canImport(COneDNN)
internal import COneDNN
#endif

/// In which numbers matrix products read their operands; sums are always fp32.
public enum Precision: String, Sendable, CaseIterable {
  /// 24 bits of precision.
  case fp32
  /// The upper half of an fp32 number: its range, 8 bits of precision, twice the speed where the
  /// processor multiplies it.
  case bf16
}

extension ComputeContext {
  /// Why products cannot be computed in bf16 here, with the cure; nil if they can.
  public static var obstacleToBF16: String? {
    #if canImport(COneDNN)
    guard OneDNNBackend.isUsable else {
      return "this oneDNN brings threads of its own that cannot be switched off:"
        + " install one built with OpenMP, such as Debian's libdnnl-dev"
    }
    return dn_has_bf16() ? nil : "this processor has neither AVX512-BF16 nor AMX: use fp32"
    #else
    return "this build has no oneDNN: install libdnnl-dev and build again, or use fp32"
    #endif
  }
}
