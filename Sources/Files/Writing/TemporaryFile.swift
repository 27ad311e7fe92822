internal import Glibc

/// A file under construction, beside the one it will replace.
///
/// Its open descriptor holds a lock for as long as the process works on it: a left-over of a killed
/// process is one whose lock is free. Going out of scope unpublished removes the file.
struct TemporaryFile: ~Copyable {
  static let prefix = ".distill-partial-"

  let path: String
  private let destination: String
  private let descriptor: Descriptor
  private var isPublished = false

  deinit {
    if !isPublished { unsafe _ = unlink(path) }
  }

  private init(path: String, destination: String, descriptor: consuming Descriptor) {
    self.path = path
    self.destination = destination
    self.descriptor = descriptor
  }

  /// Creates an empty file in the folder of `destination`.
  static func create(for destination: String) throws -> TemporaryFile {
    let folder = splitPath(destination).folder
    let process = getpid()
    while true {
      let tag = String(UInt64.random(in: 0...UInt64.max), radix: 16)
      let path = "\(folder)/\(prefix)\(process)-\(tag)"
      let number = unsafe open(
        path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
      if number < 0 {
        if errno == EEXIST || errno == EINTR { continue }
        throw FileError(
          "cannot create a file in \(folder)", path: destination, code: errno,
          fallback: .cannotCreate)
      }
      // Its errors are about `destination`: the user never heard of the temporary file.
      let descriptor = Descriptor(adopting: number, path: destination)
      // Somebody clearing left-overs may have taken the file before it was locked: start afresh.
      let problem = lock(number)
      if problem == EAGAIN || problem == EACCES { continue }
      guard try descriptor.status().st_nlink > 0 else { continue }
      return TemporaryFile(path: path, destination: destination, descriptor: descriptor)
    }
  }

  /// Puts the finished file in its place: durably, or so that a power cut may take it.
  consuming func publish(isDurable: Bool = true) throws {
    let written = try descriptor.status()
    guard let named = try linkStatus(of: path), named.st_ino == written.st_ino,
      named.st_dev == written.st_dev
    else {
      throw FileError(.changed, path: destination, detail: "its temporary file was replaced")
    }
    guard fchmod(descriptor.number, 0o666 & ~Self.creationMask) == 0 else {
      throw FileError("cannot set permissions", path: destination, code: errno)
    }
    // Also reports what failed while others wrote the file by its path: the kernel keeps such an
    // error for every descriptor that was open at the time.
    if isDurable { try descriptor.synchronize() }
    guard unsafe rename(path, destination) == 0 else {
      throw FileError("cannot replace", path: destination, code: errno, fallback: .cannotCreate)
    }
    isPublished = true
    if isDurable { try synchronizeFolder(splitPath(destination).folder) }
  }

  /// The process's file creation mask; reading it is possible only by setting it, so it is done
  /// once.
  private static let creationMask: mode_t = {
    let mask = umask(0o077)
    umask(mask)
    return mask
  }()

  /// Linux's `F_OFD_SETLK`, a lock that belongs to the open file.
  ///
  /// Not `flock`: the HDF5 library uses that one itself.
  private static let setOpenFileLock: Int32 = 37

  /// Tries to lock a whole file without waiting; 0, or why not.
  private static func lock(_ number: Int32) -> Int32 {
    var whole = flock()
    whole.l_type = Int16(F_WRLCK)
    whole.l_whence = Int16(SEEK_SET)
    return unsafe fcntl(number, setOpenFileLock, &whole) == 0 ? 0 : errno
  }

  /// Removes the temporary files in `folder` that no living process works on.
  static func removeLeftovers(in folder: String) throws -> Int {
    var removed = 0
    for name in try folderEntries(folder) where name.hasPrefix(prefix) {
      let path = "\(folder)/\(name)"
      let number = unsafe open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      if number < 0 { continue }
      let descriptor = Descriptor(adopting: number, path: path)
      guard lock(descriptor.number) == 0 else { continue }
      try removeFile(path)
      removed += 1
    }
    return removed
  }
}
