internal import Glibc

/// Whether anything, of whatever kind, is at `path` (a link to nothing is not).
public func fileExists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

/// Whether `path` is a folder, or a link to one.
public func isFolder(_ path: String) -> Bool {
  guard let status = try? status(of: path) else { return false }
  return status.st_mode & S_IFMT == S_IFDIR
}

/// Creates the folder `path` and those above it that are missing.
///
/// - Throws: `FileError` if one cannot be created or something else is in its place.
public func ensureDirectory(_ path: String) throws {
  if isFolder(path) || path.isEmpty { return }
  let (folder, name) = splitPath(path)
  if name.isEmpty { return }
  try ensureDirectory(folder)
  if unsafe mkdir(path, 0o777) != 0 {
    let code = errno
    // Somebody else may have created it in between.
    if code == EEXIST && isFolder(path) { return }
    throw FileError(
      "cannot create the folder", path: path, code: code, fallback: .cannotCreate)
  }
  try synchronizeFolder(folder)
}

/// Bytes that the user may still write to the file system that holds `folder`.
///
/// - Throws: `FileError` if the system does not say.
public func freeBytes(in folder: String) throws -> Int {
  var status = statvfs()
  guard unsafe statvfs(folder, &status) == 0 else {
    throw FileError("cannot examine the file system", path: folder, code: errno)
  }
  let (bytes, overflow) = Int(status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
  return overflow ? Int.max : bytes
}

/// Removes the file at `path`; a missing file is fine.
///
/// - Throws: `FileError` if it cannot be removed.
public func removeFile(_ path: String) throws {
  if unsafe unlink(path) != 0 && errno != ENOENT {
    throw FileError("cannot remove", path: path, code: errno)
  }
}

/// Removes the file or folder at `path` with all it holds.
///
/// Links are removed, never followed; a missing `path` is fine.
///
/// - Throws: `FileError` if something cannot be removed.
public func removeTree(_ path: String) throws {
  guard let status = try linkStatus(of: path) else { return }
  guard status.st_mode & S_IFMT == S_IFDIR else { return try removeFile(path) }
  for name in try folderEntries(path) { try removeTree("\(path)/\(name)") }
  if unsafe rmdir(path) != 0 && errno != ENOENT {
    throw FileError("cannot remove", path: path, code: errno)
  }
}

/// Bytes of the file at `path`, or of all files beneath it; links are counted, never followed.
///
/// - Throws: `FileError` if something cannot be examined; a missing `path` has none.
public func treeSize(_ path: String) throws -> Int {
  guard let status = try linkStatus(of: path) else { return 0 }
  guard status.st_mode & S_IFMT == S_IFDIR else { return Int(status.st_size) }
  return try folderEntries(path).reduce(0) { $0 + (try treeSize("\(path)/\($1)")) }
}

/// Whether `path` itself is a symbolic link, wherever it leads.
public func isLink(_ path: String) -> Bool {
  guard let status = try? linkStatus(of: path) else { return false }
  return status.st_mode & S_IFMT == S_IFLNK
}

/// The names in the folder `path`, in byte order, hidden ones included.
///
/// - Throws: `FileError` if it is missing, not a folder, or unreadable.
public func folderEntries(_ path: String) throws -> [String] {
  guard let folder = unsafe opendir(path) else {
    throw FileError("cannot list", path: path, code: errno)
  }
  defer { unsafe _ = closedir(folder) }
  var names: [String] = []
  while true {
    errno = 0
    guard let entry = unsafe readdir(folder) else {
      guard errno == 0 else { throw FileError("cannot list", path: path, code: errno) }
      break
    }
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
        unsafe String(cString: $0)
      }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}

/// Paths, relative to `folder`, of all files in it and in its subfolders, in byte order; hidden
/// entries are left out, links to folders refused.
package func filesBeneath(
  _ folder: String, prefix: String = "", depth: Int = 0
) throws -> [String] {
  let here = prefix.isEmpty ? folder : "\(folder)/\(prefix)"
  guard depth < 64 else {
    throw FileError(.escapes, path: here, detail: "folders are nested more than 64 deep")
  }
  var files: [String] = []
  for name in try folderEntries(here) where !name.hasPrefix(".") {
    let relative = prefix.isEmpty ? name : "\(prefix)/\(name)"
    let path = "\(folder)/\(relative)"
    guard isFolder(path) else {
      files.append(relative)
      continue
    }
    if let status = try linkStatus(of: path), status.st_mode & S_IFMT == S_IFLNK {
      throw FileError(.notRegular, path: path, detail: "is a link to a folder; copy the folder")
    }
    files += try filesBeneath(folder, prefix: relative, depth: depth + 1)
  }
  return files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}

/// The folder and the name of `path`: `("a/b", "c")` for `a/b/c` and `a/b/c/`, `(".", "c")` for
/// `c`, `("/", "c")` for `/c`, and an empty name for `/`.
package func splitPath(_ path: String) -> (folder: String, name: String) {
  var bytes = Array(path.utf8)
  while bytes.count > 1 && bytes.last == 0x2F { bytes.removeLast() }
  guard let slash = bytes.lastIndex(of: 0x2F) else {
    return (".", String(decoding: bytes, as: UTF8.self))
  }
  let name = String(decoding: bytes[(slash + 1)...], as: UTF8.self)
  var folder = bytes[..<slash]
  while folder.count > 1 && folder.last == 0x2F { folder.removeLast() }
  return (folder.isEmpty ? "/" : String(decoding: folder, as: UTF8.self), name)
}

/// Makes the entries of a folder (a rename, a new file) durable.
func synchronizeFolder(_ folder: String) throws {
  let descriptor = try Descriptor.open(
    folder, flags: O_RDONLY | O_DIRECTORY, operation: "cannot open the folder")
  try descriptor.synchronize()
  try descriptor.close()
}

/// Moves the file or folder at `source` to `path`, in one step; nothing may be there that a rename
/// cannot replace.
///
/// - Throws: `FileError` if it cannot be moved; it is still there then.
public func moveInPlace(_ source: String, to path: String) throws {
  guard unsafe rename(source, path) == 0 else {
    throw FileError("cannot put in place", path: path, code: errno, fallback: .cannotCreate)
  }
  try synchronizeFolder(splitPath(path).folder)
}
