/// The control groups that this process is in, as far as one controller goes: a container's limits, which
/// the machine does not show.
struct ControlGroups {
  /// Where the groups are mounted.
  var mount = "/sys/fs/cgroup"
  /// The file that names the groups of this process.
  var membership = "/proc/self/cgroup"

  /// The folder of a group.
  struct Group: Equatable {
    /// Its path; it may not be there.
    let folder: String
    /// Whether it is of version 2, whose files have other names.
    let isSecond: Bool
  }

  /// The groups that a controller limits this process by: its own and all above them.
  ///
  /// In a container the names may be those of the host, and only the mount's root is there.
  ///
  /// - Parameter controller: Its name, such as `memory`.
  /// - Returns: Their folders, wherever they may be mounted.
  func groups(of controller: String) -> [Group] {
    KernelFile(membership).lines.flatMap { line -> [Group] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      let controllers = fields[1].split(separator: ",").map(String.init)
      // Version 2 has one line without controllers; version 1 one for each set of them.
      let isSecond = fields[0] == "0" && controllers.isEmpty
      guard isSecond || controllers.contains(controller) else { return [] }
      var roots = isSecond ? ["", "/unified"] : ["/" + controller]
      if controllers.count > 1 { roots.append("/" + controllers.sorted().joined(separator: ",")) }
      return roots.flatMap { root in
        Self.folders(of: fields[2], in: mount + root).map { Group(folder: $0, isSecond: isSecond) }
      }
    }
  }

  /// The folder of a group and of each above it.
  private static func folders(of group: Substring, in root: String) -> [String] {
    var folders = [root]
    for name in group.split(separator: "/") where name != ".." {
      folders.append((folders.last ?? root) + "/" + name)
    }
    return folders
  }
}
