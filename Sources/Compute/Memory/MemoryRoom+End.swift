internal import Glibc

extension MemoryRoom {
  /// The exit code of a process that finds no memory: a service that is required is unavailable.
  static let exitCode: Int32 = 69

  /// Ends the process, with one line on standard error, where memory was granted to be used and is
  /// not there: nothing above can go on without it, and a trap would print a stack.
  static func leave(lacking bytes: Int?) -> Never {
    let size = bytes.map { " of \($0) bytes" } ?? ""
    let line = Array(
      ("distill: memory: the system refuses a piece\(size); take smaller sizes or batches "
        + "(--max-tokens of a training), or a machine or a limit (ulimit -v, control group) with more\n")
        .utf8)
    unsafe line.withUnsafeBytes { unsafe _ = write(2, $0.baseAddress, $0.count) }
    _exit(exitCode)
  }
}
