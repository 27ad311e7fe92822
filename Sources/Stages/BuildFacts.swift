import Artifacts
import Compute
import HDF5

/// What this program is made of: its version, compiler and libraries, and what they use here.
public enum BuildFacts {
  /// Names and values, in the order to show them.
  public static var all: [(String, String)] {
    [
      ("distill", ProgramVersion.number), ("compiler", compiler),
      ("matrix products", ComputeContext.backend), ("HDF5", HDF5Version.text),
      ("instruction set", ComputeContext.instructionSet),
      ("bf16", ComputeContext.obstacleToBF16.map { "no: \($0)" } ?? "yes"),
    ]
  }

  /// The compiler, as far as it says so to the code that it compiles.
  private static var compiler: String {
    #if compiler(>=6.4)
    return "Swift 6.4 or later, \(configuration)"
    #elseif compiler(>=6.3)
    return "Swift 6.3, \(configuration)"
    #else
    return "Swift 6.2, \(configuration)"
    #endif
  }

  private static var configuration: String {
    #if DEBUG
    return "not optimised"
    #else
    return "optimised"
    #endif
  }
}
