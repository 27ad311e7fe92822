internal import Glibc

/// A file that C code fills by its number, such as the answer of a server.
///
/// It is made anew, a link in its place is not followed, and it is not whole before `synchronize` has returned.
package final class ReceivedFile {
  private let descriptor: Descriptor

  /// Makes the file.
  ///
  /// - Throws: `FileError` where it cannot be made.
  package init(_ path: String) throws {
    do {
      descriptor = try Descriptor.open(
        path, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600,
        operation: "cannot create", fallback: .cannotCreate)
    } catch let error as FileError {
      throw Self.cured(error)
    }
  }

  /// The descriptor to write to; open as long as this object is there.
  package var number: Int32 { descriptor.number }

  /// Waits until what was written is on the disk.
  ///
  /// - Throws: `FileError` where it does not come there.
  package func synchronize() throws {
    do { try descriptor.synchronize() } catch let error as FileError { throw Self.cured(error) }
  }

  /// The error of a write that failed, by its `errno`.
  package func failure(_ code: Int32) -> FileError {
    Self.cured(FileError("cannot write", path: descriptor.path, code: code))
  }

  private static func cured(_ error: FileError) -> FileError {
    let cure =
      switch error.kind {
      case .noSpace: "make room"
      case .readOnly: "name a folder elsewhere"
      case .cannotCreate, .denied: "see whose the folder is, and what is in the file's place"
      default: "see whether the disk is well"
      }
    return FileError(error.kind, path: error.path, detail: "\(error.detail); \(cure)")
  }
}
