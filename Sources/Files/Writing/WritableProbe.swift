internal import Glibc

/// Shows that files can be made in a folder, before any work: makes one, durably, and removes it.
///
/// - Parameter folder: A folder that is there.
/// - Throws: `FileError` naming the folder where it is read-only, another user's, full, or failing.
public func probeWritable(_ folder: String) throws {
  do {
    // Removed when it goes out of scope; after a kill it is a left-over like any other.
    let temporary = try TemporaryFile.create(for: folder + "/probe")
    let descriptor = try Descriptor.open(
      temporary.path, flags: O_WRONLY | O_NOFOLLOW, operation: "cannot open",
      fallback: .cannotCreate)
    unsafe try [UInt8(ascii: "x")].withUnsafeBytes { unsafe try descriptor.write($0) }
    try descriptor.synchronize()
    try descriptor.close()
  } catch let error as FileError {
    throw FileError(error.kind, path: folder, detail: error.detail)
  }
}
