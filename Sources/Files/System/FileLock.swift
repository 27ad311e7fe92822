internal import Glibc

/// A lock between processes, held until it is released, dropped, or its process ends however it
/// ends: no left-over lock ever has to be removed by hand.
///
/// The lock is on a file of its own that is never deleted (deleting it would let two processes lock
/// two files of the same name). On network file systems it is as good as their `flock`; where a file
/// system has none, a second file beside it says who holds the lock (`OwnerFile`).
public final class FileLock {
  /// The lock file.
  public let path: String
  /// The file that stands for the lock where the file system has none; nil where it has.
  public var ownerPath: String? { owner?.path }
  private var descriptor: Descriptor?
  private var owner: OwnerFile?

  private init(_ descriptor: consuming Descriptor, _ owner: OwnerFile? = nil, path: String) {
    self.descriptor = consume descriptor
    self.owner = owner
    self.path = path
  }

  deinit { owner?.release() }

  /// Takes the lock at once or fails at once.
  ///
  /// - Parameter path: The lock file; created if missing, its folder must exist.
  /// - Returns: The lock.
  /// - Throws: `FileError` of kind `locked`, naming the owner, if another process (or another part of
  ///   this one) holds it; other kinds if the file cannot be created.
  public static func acquire(_ path: String) throws -> FileLock {
    var isWritable = true
    let descriptor = try open(path, &isWritable)
    while flock(descriptor.number, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK:
        throw FileError(.locked, path: path, detail: "in use by \(owner(of: path))")
      case ENOLCK, ENOSYS, EOPNOTSUPP:
        let (folder, name) = splitPath(path)
        // No name of a stage begins with a dot.
        return FileLock(descriptor, try OwnerFile.take("\(folder)/.\(name).owner"), path: path)
      case let code: throw FileError("cannot lock", path: path, code: code)
      }
    }
    guard isWritable else { return FileLock(descriptor, path: path) }
    let text = Array("\(ownName)\n".utf8)
    guard ftruncate(descriptor.number, 0) == 0 else {
      throw FileError("cannot write the lock file", path: path, code: errno)
    }
    unsafe try text.withUnsafeBytes { unsafe try descriptor.write($0) }
    return FileLock(descriptor, path: path)
  }

  /// The lock file, open; another user's that may only be read can be locked all the same.
  private static func open(_ path: String, _ isWritable: inout Bool) throws -> Descriptor {
    do {
      return try Descriptor.open(
        path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o666,
        operation: "cannot create the lock file", fallback: .cannotCreate)
    } catch let error as FileError
      where [.cannotCreate, .readOnly].contains(error.kind) && fileExists(path)
    {
      isWritable = false
      return try Descriptor.open(
        path, flags: O_RDONLY | O_NOFOLLOW, operation: "cannot open the lock file")
    }
  }

  /// Takes the lock, waiting for whoever holds it for an instant, such as one who only looks whether
  /// it is held.
  ///
  /// - Throws: As `acquire(_:)`, when the time is over.
  public static func acquire(_ path: String, waitingAtMost seconds: Double) throws -> FileLock {
    let pause = 0.05
    for _ in 0..<Int(seconds / pause) {
      do {
        return try acquire(path)
      } catch let error as FileError where error.kind == .locked {
        usleep(useconds_t(pause * 1e6))
      }
    }
    return try acquire(path)
  }

  /// What this process calls itself to others: its number and machine.
  public static var ownName: String { "process \(getpid()) on \(hostName)" }

  /// Gives the lock back before the object goes away.
  public func release() {
    owner?.release()
    owner = nil
    descriptor = nil
  }

  /// What the owner wrote; it may be a moment late, having locked before it could write.
  private static func owner(of path: String) -> String {
    for _ in 0..<20 {
      if let text = try? BoundedReader.text(at: path, limit: 1024), text.hasSuffix("\n") {
        return String(text.dropLast())
      }
      usleep(5_000)
    }
    return "another process"
  }

  static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "this machine" }
    let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
