import Files
import Foundation

/// A workspace for a command whose result is what it prints: made in the folder for temporary files and
/// removed when the command ends.
struct PassingWorkspace {
  /// The folder.
  let path: String

  /// Makes it.
  ///
  /// - Throws: `FileError` where it cannot be made.
  init(of command: String) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-\(command)-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    } catch {
      throw FileError(
        .cannotCreate, path: folder.path,
        detail: "no folder for temporary files; set TMPDIR to one that is there, or give "
          + "--workspace PATH")
    }
    path = folder.path
  }

  /// Removes it with all that is in it.
  func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }
}
