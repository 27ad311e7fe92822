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

/// Shows, without making anything, that a file or folder could be put at `path`: nothing of the other
/// kind is there, and the nearest folder above that is there can be written to.
///
/// - Parameters:
///   - path: The place.
///   - isFolder: Whether a folder is to be put there.
/// - Throws: `FileError` of kind `cannotCreate` or `readOnly` naming what is in the way.
public func requirePlace(_ path: String, isFolder: Bool) throws {
  let wantsFolder = isFolder
  func refuse(_ path: String, _ detail: String) -> FileError {
    FileError(.cannotCreate, path: path, detail: detail)
  }
  if !wantsFolder, path.hasSuffix("/") {
    throw refuse(path, "ends with /, but a file is written; name a file")
  }
  let isThere = Files.isFolder(path)
  if fileExists(path), isThere != wantsFolder {
    throw refuse(
      path,
      wantsFolder
        ? "is a file, but a folder is written; name another place"
        : "is a folder, but a file is written; name a file in it")
  }
  var folder = splitPath(path).folder
  while !fileExists(folder), folder != ".", folder != "/" { folder = splitPath(folder).folder }
  guard Files.isFolder(folder) else {
    throw refuse(path, "\(folder) is no folder; name another place")
  }
  guard unsafe access(folder, W_OK | X_OK) == 0 else {
    throw FileError(
      "cannot write to this folder; name another place", path: folder, code: errno,
      fallback: .cannotCreate)
  }
}
