internal import CKernels

#if canImport(COneDNN)
internal import COneDNN
#endif

extension ComputeContext {
  /// The libraries behind matrix products and the processor core they compute for, such as
  /// `oneDNN 2.6.3, OpenBLAS 0.3.21 (Zen)`.
  public static var backend: String {
    #if canImport(COneDNN)
    if OneDNNBackend.isUsable {
      return "\(OneDNNBackend.libraryName), \(OpenBLASBackend.libraryName)"
    }
    #endif
    return OpenBLASBackend.libraryName
  }

  /// What decides the bits of a result beside its input, such as `bf16, oneDNN, OpenBLAS Zen, AVX-512`.
  ///
  /// The precision, the libraries that multiply and the processor core they compute for, the
  /// instruction set of the kernels; neither versions nor the number of threads.
  public var numerics: String {
    let first = oneDNN != nil ? [Self.hasAMX && precision == .bf16 ? "oneDNN AMX" : "oneDNN"] : []
    return
      ([precision.rawValue] + first
      + ["OpenBLAS \(OpenBLASBackend.coreName)", Self.instructionSet]).joined(separator: ", ")
  }

  /// The widest vector instructions that our own kernels use here.
  public static var instructionSet: String { unsafe String(cString: ck_instruction_set()) }

  /// Whether the processor multiplies bf16 in tiles, by oneDNN's word.
  static let hasAMX: Bool = {
    #if canImport(COneDNN)
    return dn_has_amx()
    #else
    return false
    #endif
  }()

  /// Whether the processor has AVX-512, by oneDNN's word.
  static let hasAVX512: Bool = {
    #if canImport(COneDNN)
    return dn_has_avx512()
    #else
    return false
    #endif
  }()
}

/// The revision of the arithmetic as a whole.
///
/// Raised whenever the same model and input give other bits on the same machine: stages and kept
/// results that compute derive their own revision from it, so that nothing computed before is taken
/// for something computed now.
public enum EngineRevision {
  /// Today's revision.
  public static let current = 4

  /// The revision of what computes and has changed `own` times for reasons of its own.
  public static func plus(_ own: Int) -> Int { current + own }
}
