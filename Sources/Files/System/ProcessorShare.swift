/// How many processors the control groups of this process let it use: a container's limit, which the
/// number of processors does not show.
public struct ProcessorShare: Sendable, Equatable {
  /// Processors' worth of time that may be used, such as 1.5; nil where nothing limits it.
  public let limit: Double?
  /// The file that says so.
  public let source: String?

  /// Reads the limits that hold for this process.
  ///
  /// - Parameters:
  ///   - groups: Where the control groups are mounted.
  ///   - membership: The file that names the groups of this process.
  public init(groups: String = "/sys/fs/cgroup", membership: String = "/proc/self/cgroup") {
    var least: (limit: Double, source: String)?
    for line in Self.lines(membership) {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let controllers = fields[1].split(separator: ",")
      // Version 2 has one line without controllers; version 1 one for each controller.
      let isSecond = fields[0] == "0" && fields[1].isEmpty
      guard isSecond || controllers.contains("cpu") else { continue }
      let roots =
        isSecond ? [groups, groups + "/unified"] : [groups + "/cpu", groups + "/cpu,cpuacct"]
      for root in roots {
        for folder in Self.folders(of: String(fields[2]), in: root) {
          guard let found = isSecond ? Self.second(folder) : Self.first(folder) else { continue }
          if found.limit < least?.limit ?? .infinity { least = found }
        }
      }
    }
    limit = least?.limit
    source = least?.source
  }

  /// The number of threads that keep `processors` busy under the limit: a part of a processor is used
  /// by a thread of its own.
  public func threads(of processors: Int) -> Int {
    guard let limit else { return max(processors, 1) }
    return max(min(processors, Int(limit.rounded(.up))), 1)
  }

  /// The group's folder and all above it: the least of their limits holds.
  ///
  /// In a container the name may be that of the host, and only the mount's root is there.
  private static func folders(of group: String, in root: String) -> [String] {
    var folders = [root]
    for name in group.split(separator: "/") where name != ".." {
      folders.append((folders.last ?? root) + "/" + name)
    }
    return folders
  }

  /// `cpu.max`: quota and period in microseconds, `max` for none.
  private static func second(_ folder: String) -> (limit: Double, source: String)? {
    let path = folder + "/cpu.max"
    let words = (lines(path).first ?? "").split(separator: " ")
    guard words.count == 2 else { return nil }
    return share(quota: String(words[0]), period: String(words[1]), path)
  }

  /// `cpu.cfs_quota_us` and `cpu.cfs_period_us`: microseconds, -1 for no quota.
  private static func first(_ folder: String) -> (limit: Double, source: String)? {
    let path = folder + "/cpu.cfs_quota_us"
    guard let quota = lines(path).first, let period = lines(folder + "/cpu.cfs_period_us").first
    else { return nil }
    return share(quota: quota, period: period, path)
  }

  private static func share(
    quota: String, period: String, _ path: String
  ) -> (limit: Double, source: String)? {
    guard let quota = Int(quota), let period = Int(period), quota > 0, period > 0 else {
      return nil
    }
    return (Double(quota) / Double(period), path)
  }

  /// The lines of a small file of the kernel's; none where it is not there.
  private static func lines(_ path: String) -> [String] {
    // They have no size, and end where nothing more is read.
    guard let reader = try? LineReader(path, lineLimit: 1 << 16) else { return [] }
    var lines: [String] = []
    while lines.count < 1000, let line = (try? reader.next()) ?? nil { lines.append(line.text) }
    return lines
  }
}
