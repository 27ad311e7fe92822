internal import Glibc
internal import Synchronization

/// Another program that this one starts and talks to, line by line.
///
/// It has a process group of its own: a Ctrl-C at the terminal does not reach it. Its standard input
/// is held open by this process alone, so that the end of its input tells it that this process is
/// gone, however it went. Standard error is shared.
public final class ChildProcess {
  /// How a process ended.
  public enum Ending: Sendable, Equatable {
    /// It ended by itself, with this code.
    case exited(Int32)
    /// A signal ended it.
    case killed(signal: Int32)
  }

  /// What is to be read from it.
  public enum Reading: Sendable, Equatable {
    /// A line, without its end.
    case line(String)
    /// Nothing within the time.
    case nothing
    /// It closed its output.
    case end
  }

  private static let lineLimit = 64 << 20
  /// Between making a pipe and marking it as not inherited, no other process may be started.
  private static let starting = Mutex(())

  private let name: String
  private let process: pid_t
  private var input: Descriptor?
  private let output: Descriptor
  private var pending: [UInt8] = []
  private var ending: Ending?

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - executable: The file to execute, searched in `PATH` where it has no slash.
  ///   - arguments: Its words, the name it is called by first.
  /// - Throws: `FileError` if it cannot be started.
  public init(_ executable: String, arguments: [String]) throws {
    let name = arguments.first ?? executable
    let started = try Self.starting.withLock { _ in
      try Self.start(executable, arguments, name)
    }
    self.name = name
    process = started.process
    input = Descriptor(adopting: started.input, path: name)
    output = Descriptor(adopting: started.output, path: name)
  }

  deinit {
    guard ending == nil else { return }
    kill()
    _ = reap()
  }

  /// Sends a line to its standard input.
  ///
  /// - Throws: `FileError` if it does not read any more.
  public func send(_ line: String) throws {
    let bytes = Array((line + "\n").utf8)
    unsafe try bytes.withUnsafeBytes { unsafe try input?.write($0) }
  }

  /// Waits for the next line of its standard output.
  ///
  /// - Parameter milliseconds: How long to wait.
  /// - Returns: The line, or why there is none.
  /// - Throws: `FileError` if reading fails or a line has no end.
  public func read(waitingAtMost milliseconds: Int32) throws -> Reading {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeSubrange(...end)
        return .line(line)
      }
      guard pending.count <= Self.lineLimit else {
        throw FileError(.tooLarge, path: name, detail: "wrote a line without an end")
      }
      var request = pollfd(fd: output.number, events: Int16(POLLIN), revents: 0)
      let ready = unsafe poll(&request, 1, milliseconds)
      if ready == 0 || ready < 0 && errno == EINTR { return .nothing }
      guard ready > 0 else { throw FileError("cannot wait for", path: name, code: errno) }
      var piece = [UInt8](repeating: 0, count: 1 << 16)
      let count = unsafe try piece.withUnsafeMutableBytes { unsafe try output.read(into: $0) }
      guard count > 0 else {
        guard !pending.isEmpty else { return .end }
        // A last line without an end.
        defer { pending = [] }
        return .line(String(decoding: pending, as: UTF8.self))
      }
      pending += piece[..<count]
    }
  }

  /// Kills it and all it started in its group.
  public func kill() { _ = Glibc.kill(-process, SIGKILL) }

  /// Closes its input and waits for its end.
  public func wait() -> Ending {
    input = nil
    return ending ?? reap()
  }

  private func reap() -> Ending {
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0 {
      // Whatever else it is, there is nothing left to wait for.
      guard errno == EINTR else { break }
    }
    let signal = status & 0x7F
    let found = signal == 0 ? Ending.exited(status >> 8 & 0xFF) : .killed(signal: signal)
    ending = found
    return found
  }

  private static func start(
    _ executable: String, _ arguments: [String], _ name: String
  ) throws -> (process: pid_t, input: Int32, output: Int32) {
    let toChild = try makePipe(name)
    let fromChild: (reader: Int32, writer: Int32)
    do {
      fromChild = try makePipe(name)
    } catch {
      _ = (close(toChild.reader), close(toChild.writer))
      throw error
    }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, toChild.reader, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, fromChild.writer, 1)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
    // What this process ignores or blocks, a launcher should not.
    var defaults = signalSet([SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE])
    unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
    var blocked = signalSet([])
    unsafe posix_spawnattr_setsigmask(&attributes, &blocked)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    unsafe posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe words.indices { unsafe free(words[index]) } }
    var process: pid_t = 0
    let code = unsafe posix_spawnp(&process, executable, &actions, &attributes, &words, environ)
    _ = (close(toChild.reader), close(fromChild.writer))
    guard code == 0 else {
      _ = (close(toChild.writer), close(fromChild.reader))
      throw FileError("cannot start", path: executable, code: code)
    }
    return (process, toChild.writer, fromChild.reader)
  }

  /// A pipe that no other process inherits.
  private static func makePipe(_ name: String) throws -> (reader: Int32, writer: Int32) {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else {
      throw FileError("cannot make a pipe for", path: name, code: errno)
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }
}
