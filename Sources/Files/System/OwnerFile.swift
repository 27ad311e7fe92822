internal import Glibc

/// A file that says who holds a lock, where the file system has no locks of its own.
///
/// It names machine, process and the time the process began: that of a process that is gone on this
/// machine is taken over, that of another machine nobody here can judge.
struct OwnerFile {
  /// Where it lies.
  let path: String
  private let text: String

  /// Makes the file, or fails at once.
  ///
  /// - Throws: `FileError` of kind `locked` where another process has it, or may have it.
  static func take(_ path: String) throws -> OwnerFile {
    let mine = OwnerFile(path: path, text: ownText)
    for _ in 0..<8 {
      if try mine.create() { return mine }
      guard let found = try read(path) else { continue }
      try mine.requireGone(found)
      try mine.remove(found)
    }
    throw FileError(.locked, path: path, detail: "in use by another process")
  }

  /// Gives the lock back.
  func release() {
    if (try? BoundedReader.text(at: path, limit: Self.limit)) == text { try? removeFile(path) }
  }

  private static let limit = 4096

  /// False where the file is there.
  private func create() throws -> Bool {
    let number = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
    if number < 0 {
      if errno == EEXIST { return false }
      throw FileError(
        "cannot create the lock file", path: path, code: errno, fallback: .cannotCreate)
    }
    let descriptor = Descriptor(adopting: number, path: path)
    unsafe try Array(text.utf8).withUnsafeBytes { unsafe try descriptor.write($0) }
    try descriptor.close()
    return true
  }

  /// What the file says; nil where it has gone.
  ///
  /// Its maker may not have written it yet.
  private static func read(_ path: String) throws -> String? {
    for _ in 0..<100 {
      do {
        let text = try BoundedReader.text(at: path, limit: limit)
        if text.hasSuffix("\n") { return text }
      } catch let error as FileError where error.kind == .missing {
        return nil
      } catch let error as FileError where error.kind == .changed {}
      usleep(10_000)
    }
    throw FileError(
      .locked, path: path, detail: "does not say whose lock it is; remove it if nobody works here")
  }

  private func requireGone(_ found: String) throws {
    let lines = found.split(separator: "\n").map(String.init)
    let (host, process) = (lines.first ?? "", lines.dropFirst().first ?? "")
    let name = "\(printable(process)) on \(printable(host))"
    guard lines.count == 4, lines[0] == FileLock.hostName, lines[3] == Self.machine else {
      throw FileError(
        .locked, path: path,
        detail: "\(name) holds the lock, and this file system has no locks that would tell whether "
          + "it still runs; if it does not, remove this file")
    }
    guard let number = Int32(process.split(separator: " ").last ?? ""),
      Self.startTime(of: number) == lines[2]
    else { return }
    throw FileError(.locked, path: path, detail: "in use by \(name)")
  }

  /// Takes the file of a process that is gone away; another may be doing the same.
  private func remove(_ found: String) throws {
    let aside = "\(path).\(getpid())"
    guard unsafe rename(path, aside) == 0 else {
      if errno == ENOENT { return }
      throw FileError("cannot take over", path: path, code: errno, fallback: .cannotCreate)
    }
    // What was moved may be that of one who was quicker.
    if try BoundedReader.text(at: aside, limit: Self.limit) != found {
      unsafe _ = link(aside, path)
    }
    try removeFile(aside)
  }

  private static var ownText: String {
    """
    \(FileLock.hostName)
    process \(getpid())
    \(startTime(of: getpid()) ?? "unknown")
    \(machine)

    """
  }

  /// This start of the machine, and the table of processes that numbers are from: containers have
  /// their own.
  private static let machine: String = {
    let boot = read(system: "/proc/sys/kernel/random/boot_id") ?? "unknown"
    var name = [CChar](repeating: 0, count: 128)
    let count = unsafe readlink("/proc/self/ns/pid", &name, name.count - 1)
    let space = name.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }
    return boot.filter { !$0.isWhitespace } + " " + String(decoding: space, as: UTF8.self)
  }()

  /// When a process began, in the kernel's own ticks; nil where there is none of that number.
  private static func startTime(of process: Int32) -> String? {
    guard let text = read(system: "/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else {
      return nil
    }
    // The name, in parentheses, may hold anything; 20 fields after it comes the time.
    let fields = text[text.index(after: end)...].split(separator: " ")
    return fields.count > 19 ? String(fields[19]) : nil
  }

  /// A file of the kernel, whose size is not known before.
  private static func read(system path: String) -> String? {
    guard
      let descriptor = try? Descriptor.open(path, flags: O_RDONLY, operation: "cannot open")
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: 4096)
    guard
      let count = unsafe try? bytes.withUnsafeMutableBytes({ unsafe try descriptor.read(into: $0) })
    else { return nil }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
