import Foundation

/// A workspace for a command whose result is what it prints: made in the folder for temporary files and
/// removed when the command ends.
struct PassingWorkspace {
  /// The folder.
  let path: String

  /// Makes it.
  ///
  /// - Throws: What the file system says.
  init(of command: String) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-\(command)-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    path = folder.path
  }

  /// Removes it with all that is in it.
  func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }
}
