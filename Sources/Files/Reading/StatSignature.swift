internal import Glibc

/// What the file system says of a file without reading it: enough to notice that it was replaced or
/// written to, never proof that it was not.
public struct StatSignature: Sendable, Hashable, Codable {
  /// The device the file is on.
  public let device: UInt64
  /// The file's number on its device.
  public let inode: UInt64
  /// Bytes.
  public let size: Int64
  /// When the content changed, in nanoseconds since 1970.
  public let modificationTime: Int64
  /// When the content or the entry changed, in nanoseconds since 1970.
  public let changeTime: Int64

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    modificationTime = Self.nanoseconds(status.st_mtim)
    changeTime = Self.nanoseconds(status.st_ctim)
  }

  /// Wraps rather than traps: a damaged file system may report any time.
  private static func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }

  /// Whether both describe one file with the same size and modification time; renaming or linking
  /// a file changes its change time alone.
  public func sameContent(as other: StatSignature) -> Bool {
    device == other.device && inode == other.inode && size == other.size
      && modificationTime == other.modificationTime
  }
}

/// The signature of the file at `path`, links followed.
///
/// - Throws: `FileError` if it is missing or cannot be examined.
public func statSignature(_ path: String) throws -> StatSignature {
  StatSignature(try status(of: path))
}

/// What `stat` says of `path`, links followed.
func status(of path: String) throws -> stat {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else {
    throw FileError("cannot examine", path: path, code: errno)
  }
  return status
}

/// What `lstat` says of `path` itself; nil if there is nothing.
func linkStatus(of path: String) throws -> stat? {
  var status = stat()
  if unsafe lstat(path, &status) == 0 { return status }
  if errno == ENOENT || errno == ENOTDIR { return nil }
  throw FileError("cannot examine", path: path, code: errno)
}
