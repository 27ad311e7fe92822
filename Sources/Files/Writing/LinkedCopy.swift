internal import Glibc

/// A second place for files that are replaced whole and never written to: both take the room of one.
public enum LinkedCopy {
  /// Puts a file or folder at another place too, whole or not at all.
  ///
  /// It is another name of the same file where the file system has such, else a copy. Hidden files of a
  /// folder are left out.
  ///
  /// - Parameters:
  ///   - source: What is there.
  ///   - path: The place to create or replace.
  /// - Throws: `FileError`; what was at `path` is untouched then.
  public static func put(_ source: String, at path: String) throws {
    guard isFolder(source) else { return try putFile(source, at: path) }
    try AtomicFolder.replace(path) { folder in
      for name in try filesBeneath(source) {
        try ensureDirectory(splitPath("\(folder)/\(name)").folder)
        try putFile("\(source)/\(name)", at: "\(folder)/\(name)")
      }
    }
  }

  private static func putFile(_ source: String, at path: String) throws {
    let destination = try AtomicFile.destination(of: path)
    let folder = splitPath(destination).folder
    while true {
      let tag = String(UInt64.random(in: 0...UInt64.max), radix: 16)
      let temporary = "\(folder)/\(TemporaryFile.prefix)\(getpid())-\(tag)"
      guard unsafe linkat(AT_FDCWD, source, AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) == 0 else {
        switch errno {
        case EEXIST, EINTR: continue
        // Another file system, one without links, too many links, a file of somebody else.
        case EXDEV, EPERM, EMLINK, EOPNOTSUPP, ENOSYS, EACCES:
          return try AtomicFile.copy(source, to: path)
        default:
          throw FileError("cannot link", path: path, code: errno, fallback: .cannotCreate)
        }
      }
      let code = unsafe rename(temporary, destination) == 0 ? 0 : errno
      // Where both were names of one file already, renaming does nothing and says it did.
      unsafe _ = unlink(temporary)
      // Somebody who clears left-overs may have taken it.
      if code == ENOENT { continue }
      guard code == 0 else {
        throw FileError("cannot replace", path: path, code: code, fallback: .cannotCreate)
      }
      return try synchronizeFolder(folder)
    }
  }
}

/// Bytes that removing the file or folder at `path` would free: a file that has other names has none.
///
/// - Throws: `FileError` if something cannot be examined; a missing `path` has none.
public func soleSize(_ path: String) throws -> Int {
  guard let status = try linkStatus(of: path) else { return 0 }
  guard status.st_mode & S_IFMT == S_IFDIR else {
    return status.st_nlink > 1 ? 0 : Int(status.st_size)
  }
  return try folderEntries(path).reduce(0) { $0 + (try soleSize("\(path)/\($1)")) }
}
