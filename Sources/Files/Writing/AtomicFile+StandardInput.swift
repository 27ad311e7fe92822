internal import Glibc

extension AtomicFile {
  /// Writes all that standard input holds as the whole content of `path`, in constant memory.
  ///
  /// - Parameters:
  ///   - path: The file to create or replace.
  ///   - limit: The most bytes that are taken.
  /// - Returns: The SHA-256 of the bytes.
  /// - Throws: `FileError` if standard input is closed or holds more, or the file cannot be written.
  public static func writeStandardInput(to path: String, limit: Int) throws -> Digest {
    let copy = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else {
      throw FileError("cannot read standard input", path: "<stdin>", code: errno)
    }
    let input = Descriptor(adopting: copy, path: "<stdin>")
    return try stream(to: path) { writer in
      var piece = [UInt8](repeating: 0, count: 1 << 18)
      var total = 0
      while true {
        let count = unsafe try piece.withUnsafeMutableBytes { unsafe try input.read(into: $0) }
        guard count > 0 else { return }
        total += count
        guard total <= limit else {
          throw FileError(
            .tooLarge, path: "<stdin>",
            detail: "holds more than \(limit >> 30) GiB; write it to a file and give that")
        }
        try writer.write(Array(piece[..<count]))
      }
    }
  }
}
