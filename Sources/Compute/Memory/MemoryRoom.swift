internal import Glibc

/// More memory was asked for than there is.
///
/// The description is one line: what needs how much, how much there is, and the cure.
public struct MemoryShortage: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is needed, what there is, and what to do about it.
  public let description: String

  /// An error from its one-line text.
  public init(_ description: String) { self.description = description }
}

/// Room in memory, reckoned before anything is asked for: the system would grant more than there is
/// and end the process once it is used.
public enum MemoryRoom {
  /// Bytes that this process may still take: the least of what its address space may grow by, what
  /// its control groups leave it, and what the machine has free, swap included.
  public static var available: Int {
    [addressSpace, machine, room(in: ControlGroups())].compactMap { $0 }.min() ?? .max
  }

  /// Refuses what does not fit.
  ///
  /// - Parameters:
  ///   - bytes: What is needed beside what is there already; nil where it is more than can be told.
  ///   - what: Who needs it, such as `a model of 14 parameters`.
  ///   - cure: What to do about it.
  ///   - available: How many bytes there are.
  /// - Throws: `MemoryShortage` with both numbers.
  public static func require(
    _ bytes: Int?, for what: String,
    cure: String =
      "take smaller sizes, or a machine or a limit (ulimit -v, control group) with more",
    available: Int = available
  ) throws {
    if let bytes, bytes <= available { return }
    let needed = bytes.map(\.inMegabytes) ?? "more than any machine has"
    throw MemoryShortage(
      "memory: \(what) needs \(needed), \(available.inMegabytes) are free; \(cure)")
  }

  /// Bytes by which the address space may still grow (`ulimit -v`); nil without a limit.
  public static var addressSpace: Int? {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur < rlim_t(Int.max),
      let pages = KernelFile("/proc/self/statm").words.first.flatMap({ Int($0) })
    else { return nil }
    return max(0, Int(limit.rlim_cur) - pages * sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Bytes that this process has resident now; nil where the system does not tell.
  ///
  /// It takes some microseconds.
  public static var resident: Int? {
    KernelFile("/proc/self/statm").words.dropFirst().first.flatMap { Int($0) }
      .map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
  }

  /// What the kernel says can be had without swapping, and the free swap space.
  private static var machine: Int? {
    let fields = KernelFile("/proc/meminfo").table
    return fields["MemAvailable"].map { ($0 + (fields["SwapFree"] ?? 0)) * 1024 }
  }

  /// What control groups leave this process: the least room in any of them; nil without a limit.
  static func room(in groups: ControlGroups) -> Int? {
    groups.groups(of: "memory").compactMap { group in
      let (limit, used) =
        group.isSecond
        ? ("memory.max", "memory.current") : ("memory.limit_in_bytes", "memory.usage_in_bytes")
      guard let most = number("\(group.folder)/\(limit)"),
        let taken = number("\(group.folder)/\(used)")
      else { return nil }
      // Pages of files go when memory is short.
      let files = KernelFile("\(group.folder)/memory.stat").table
      return max(0, most - max(0, taken - (files["file"] ?? files["cache"] ?? 0)))
    }.min()
  }

  private static func number(_ path: String) -> Int? {
    KernelFile(path).words.first.flatMap { Int($0) }.flatMap { $0 < 1 << 60 ? $0 : nil }
  }
}

extension Int {
  /// A number of bytes, in words.
  fileprivate var inMegabytes: String {
    self < 10_000_000_000 ? "\(self / 1_000_000) MB" : "\(self / 1_000_000_000) GB"
  }
}
