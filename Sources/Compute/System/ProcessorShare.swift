/// How many processors the control groups of this process let it use: a container's limit, which the
/// number of processors does not show.
public struct ProcessorShare: Sendable, Equatable {
  /// Processors' worth of time that may be used, such as 1.5; nil where nothing limits it.
  public let limit: Double?
  /// The file that says so.
  public let source: String?

  /// Reads the limits that hold for this process.
  public init() { self.init(by: ControlGroups()) }

  /// Reads the limits of control groups: the least of them holds.
  init(by groups: ControlGroups) {
    let found = groups.groups(of: "cpu").compactMap { group in
      group.isSecond ? Self.second(group.folder) : Self.first(group.folder)
    }
    let least = found.min { $0.limit < $1.limit }
    limit = least?.limit
    source = least?.source
  }

  /// The number of threads that keep `processors` busy under the limit: a part of a processor is used
  /// by a thread of its own.
  public func threads(of processors: Int) -> Int {
    guard let limit else { return max(processors, 1) }
    return Int(exactly: min(Double(processors), limit).rounded(.up)).map { max($0, 1) } ?? 1
  }

  /// `cpu.max`: quota and period in microseconds, `max` for none.
  private static func second(_ folder: String) -> (limit: Double, source: String)? {
    let path = folder + "/cpu.max"
    let words = KernelFile(path).words
    guard words.count == 2 else { return nil }
    return share(quota: words[0], period: words[1], path)
  }

  /// `cpu.cfs_quota_us` and `cpu.cfs_period_us`: microseconds, -1 for no quota.
  private static func first(_ folder: String) -> (limit: Double, source: String)? {
    let path = folder + "/cpu.cfs_quota_us"
    guard let quota = KernelFile(path).words.first,
      let period = KernelFile(folder + "/cpu.cfs_period_us").words.first
    else { return nil }
    return share(quota: quota, period: period, path)
  }

  private static func share(
    quota: Substring, period: Substring, _ path: String
  ) -> (limit: Double, source: String)? {
    guard let quota = Int(quota), let period = Int(period), quota > 0, period > 0 else {
      return nil
    }
    return (Double(quota) / Double(period), path)
  }
}
