import Files
import Foundation
import Synchronization

/// A workspace for a command whose result is what it prints: made in the folder for temporary files and
/// removed when the command ends, by a signal too.
struct PassingWorkspace {
  /// The folder.
  let path: String

  /// The one there is, for who ends the program; locked while it is made, so that it is known as soon as
  /// it is there.
  private static let current = Mutex<PassingWorkspace?>(nil)

  /// Makes it.
  ///
  /// - Throws: `FileError` where it cannot be made.
  init(of command: String) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-\(command)-\(UUID().uuidString)")
    path = folder.path
    do {
      try Self.current.withLock { current in
        try FileManager.default.createDirectory(
          at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        current = self
      }
    } catch {
      throw FileError(
        .cannotCreate, path: folder.path,
        detail: "no folder for temporary files; set TMPDIR to one that is there, or give "
          + "--workspace PATH")
    }
  }

  /// Removes it with all that is in it.
  func remove() {
    Self.current.withLock { current in
      guard current != nil else { return }
      current = nil
      clear()
    }
  }

  private func clear() {
    // Under another name nobody adds to it in the meantime.
    try? FileManager.default.moveItem(atPath: path, toPath: path + "-")
    try? FileManager.default.removeItem(atPath: path + "-")
  }

  /// Ends the program at once, and leaves none behind.
  static func leave(with code: Int32) -> Never {
    current.withLock { current in
      Output.screen.clearAtOnce()
      current?.clear()
      _exit(code)
    }
  }
}
