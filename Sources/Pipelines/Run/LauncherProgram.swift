internal import Files
internal import Foundation

/// The program that a launcher begins with, as the system looks for it.
enum LauncherProgram {
  /// What the system takes where `PATH` is not set.
  private static let usualFolders = "/bin:/usr/bin"

  /// Why it cannot be started.
  ///
  /// - Parameters:
  ///   - program: Its name, or its path where that has a slash.
  ///   - folders: The folders that names are looked for in, colons between them; nil for those of `PATH`.
  /// - Returns: What is wrong, with a cure; nil where it can be started.
  static func fault(_ program: String, folders: String? = nil) -> String? {
    let folders =
      folders ?? ProcessInfo.processInfo.environment["PATH"] ?? Self.usualFolders
    let shown = printable(program)
    guard program.contains("/") else {
      let places = folders.split(separator: ":", omittingEmptySubsequences: false).map { folder in
        (folder.isEmpty ? "." : folder) + "/" + program
      }
      guard !places.contains(where: canStart) else { return nil }
      return
        "there is no program \(shown) in PATH; install it, give its path, or leave the line out "
        + "to start without one"
    }
    guard !canStart(program) else { return nil }
    guard fileExists(program), !isFolder(program) else {
      return "\(shown): there is no such program; correct the path, or leave the line out to start "
        + "without one"
    }
    return "\(shown) may not be executed; give the right with chmod +x, or another program"
  }

  private static func canStart(_ path: String) -> Bool {
    !isFolder(path) && FileManager.default.isExecutableFile(atPath: path)
  }
}
