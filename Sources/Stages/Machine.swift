import Compute
import Foundation

/// This machine as commands see it.
public enum Machine {
  /// Cores that this process may use: those there are, and no more than its control groups allow.
  public static let cores = ProcessorShare().threads(of: processors)
  /// Cores that this process may be scheduled on.
  public static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }
}
