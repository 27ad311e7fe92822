internal import Glibc

/// An open file that is closed exactly once.
///
/// `close()` reports the error the system may hold back until then; going out of scope without it is
/// the failure path, where only the descriptor has to be given back.
struct Descriptor: ~Copyable {
  private(set) var number: Int32
  let path: String

  init(adopting number: Int32, path: String) {
    self.number = number
    self.path = path
  }

  deinit {
    if number >= 0 { _ = Glibc.close(number) }
  }

  /// Opens `path`, always close-on-exec.
  static func open(
    _ path: String, flags: Int32, mode: mode_t = 0, operation: String,
    fallback: FileError.Kind = .inputOutput
  ) throws -> Descriptor {
    guard !path.utf8.contains(0) else {
      throw FileError(.escapes, path: path, detail: "the path contains a NUL byte")
    }
    var number: Int32
    repeat {
      number = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
    } while number < 0 && errno == EINTR
    guard number >= 0 else {
      throw FileError(operation, path: path, code: errno, fallback: fallback)
    }
    return Descriptor(adopting: number, path: path)
  }

  /// Opens a regular file for reading; pipes, devices and folders are refused without blocking.
  static func openRegular(_ path: String) throws -> Descriptor {
    let descriptor = try open(path, flags: O_RDONLY | O_NONBLOCK, operation: "cannot open")
    let status = try descriptor.status()
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(.notRegular, path: path, detail: "is \(name(of: status)), not a file")
    }
    return descriptor
  }

  /// What `fstat` says.
  borrowing func status() throws -> stat {
    var status = stat()
    guard unsafe fstat(number, &status) == 0 else {
      throw FileError("cannot examine", path: path, code: errno)
    }
    return status
  }

  /// Reads at most `buffer.count` bytes at the current position; 0 at the end of the file.
  borrowing func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      let count = unsafe Glibc.read(number, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw FileError("cannot read", path: path, code: errno) }
    }
  }

  /// Fills `buffer` from `offset` on; a file that ends before is an error.
  borrowing func read(at offset: Int, filling buffer: UnsafeMutableRawBufferPointer) throws {
    var done = 0
    while done < buffer.count {
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = unsafe pread(number, rest.baseAddress, rest.count, offset + done)
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError("cannot read", path: path, code: errno)
      }
      guard count > 0 else {
        throw FileError(
          .changed, path: path,
          detail: "ends at byte \(offset + done), before byte \(offset + buffer.count)")
      }
      done += count
    }
  }

  /// Linux's `SEEK_HOLE`.
  private static let seekHole: Int32 = 4

  /// Whether something before byte `size` was never written; false where the file system cannot say.
  borrowing func hasHole(before size: Int) -> Bool {
    let hole = lseek(number, 0, Self.seekHole)
    return hole >= 0 && hole < size
  }

  /// Writes all of `buffer` at the current position.
  borrowing func write(_ buffer: UnsafeRawBufferPointer) throws {
    var done = 0
    while done < buffer.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
      let count = unsafe Glibc.write(number, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError("cannot write", path: path, code: errno)
      }
      done += count
    }
  }

  /// Makes what was written durable.
  ///
  /// A failure is final: the kernel may have dropped the pages, so calling again and seeing success
  /// would prove nothing.
  borrowing func synchronize() throws {
    while fsync(number) != 0 {
      if errno != EINTR { throw FileError("cannot make durable", path: path, code: errno) }
    }
  }

  /// Closes and reports what the system held back.
  ///
  /// On Linux `EINTR` has closed the descriptor.
  consuming func close() throws {
    let closing = number
    number = -1
    guard Glibc.close(closing) == 0 || errno == EINTR else {
      throw FileError("cannot close", path: path, code: errno)
    }
  }

  /// What the file is, as messages say it ("a folder").
  static func name(of status: stat) -> String {
    switch status.st_mode & S_IFMT {
    case S_IFDIR: "a folder"
    case S_IFIFO: "a named pipe"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    case S_IFLNK: "a symbolic link"
    default: "a file"
    }
  }
}
