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
    [addressSpace, machine, controlGroup].compactMap { $0 }.min() ?? .max
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
      let pages = words("/proc/self/statm").first.flatMap({ Int($0) })
    else { return nil }
    return max(0, Int(limit.rlim_cur) - pages * sysconf(Int32(_SC_PAGESIZE)))
  }

  /// What the kernel says can be had without swapping, and the free swap space.
  private static var machine: Int? {
    let fields = table("/proc/meminfo")
    return fields["MemAvailable"].map { ($0 + (fields["SwapFree"] ?? 0)) * 1024 }
  }

  /// What the control groups of this process, and those above them, leave.
  private static var controlGroup: Int? {
    var rooms: [Int] = []
    for line in text("/proc/self/cgroup").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      if parts[1].isEmpty {
        rooms += walk("/sys/fs/cgroup", parts[2], limit: "memory.max", used: "memory.current")
      } else if parts[1].split(separator: ",").contains("memory") {
        rooms += walk(
          "/sys/fs/cgroup/memory", parts[2], limit: "memory.limit_in_bytes",
          used: "memory.usage_in_bytes")
      }
    }
    return rooms.min()
  }

  /// The room in a group and in each above it; a container may not see its own group's folder.
  private static func walk(
    _ root: String, _ group: Substring, limit: String, used: String
  ) -> [Int] {
    var names = group.split(separator: "/")
    var rooms: [Int] = []
    while true {
      let folder = ([Substring(root)] + names).joined(separator: "/")
      if let most = number("\(folder)/\(limit)"), let taken = number("\(folder)/\(used)") {
        // Pages of files go when memory is short.
        let files = table("\(folder)/memory.stat")
        rooms.append(max(0, most - max(0, taken - (files["file"] ?? files["cache"] ?? 0))))
      }
      if names.isEmpty { return rooms }
      names.removeLast()
    }
  }

  private static func number(_ path: String) -> Int? {
    words(path).first.flatMap { Int($0) }.flatMap { $0 < 1 << 60 ? $0 : nil }
  }

  /// Lines of a name and a number, such as `SwapFree: 12 kB`.
  private static func table(_ path: String) -> [String: Int] {
    var fields: [String: Int] = [:]
    for line in text(path).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 2, let value = Int(words[1]) else { continue }
      fields[words[0].hasSuffix(":") ? String(words[0].dropLast()) : String(words[0])] = value
    }
    return fields
  }

  private static func words(_ path: String) -> [Substring] {
    text(path).split { $0 == " " || $0 == "\n" }
  }

  /// A file of the kernel's, which has no size before it is read; empty where there is none.
  private static func text(_ path: String) -> String {
    guard let file = unsafe fopen(path, "re") else { return "" }
    defer { unsafe _ = fclose(file) }
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
      count = unsafe fread(buffer.baseAddress, 1, buffer.count, file)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Int {
  /// A number of bytes, in words.
  fileprivate var inMegabytes: String {
    self < 10_000_000_000 ? "\(self / 1_000_000) MB" : "\(self / 1_000_000_000) GB"
  }
}
