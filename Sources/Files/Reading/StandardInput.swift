internal import Glibc
internal import Synchronization

/// Standard input, line by line.
public final class StandardInput: Sendable {
  private static let lineLimit = 64 << 20
  private let pending = Mutex<[UInt8]>([])

  /// The standard input of this process; one is enough, since it reads ahead.
  public init() {}

  /// Waits for the next line and gives it without its end; nil at the end of the input, which an
  /// unfinished line is too.
  ///
  /// - Throws: `FileError` if it cannot be read or a line has no end.
  public func next() throws -> String? {
    try pending.withLock { pending in
      while true {
        if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
          let line = String(decoding: pending[..<end], as: UTF8.self)
          pending.removeSubrange(...end)
          return line
        }
        guard pending.count <= Self.lineLimit else {
          throw FileError(.tooLarge, path: "standard input", detail: "a line has no end")
        }
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe piece.withUnsafeMutableBytes {
          unsafe read(0, $0.baseAddress, $0.count)
        }
        if count < 0 {
          if errno == EINTR { continue }
          throw FileError("cannot read", path: "standard input", code: errno)
        }
        if count == 0 { return nil }
        pending += piece[..<count]
      }
    }
  }
}
