internal import Glibc

/// Reads a UTF-8 text file line by line in constant memory, what gzip or zstd packed like any other.
///
/// A line ends with LF or CR LF; neither is part of it. A byte order mark at the start is skipped;
/// the last line needs no end. A NUL, invalid UTF-8 or a line beyond the limit is an error that names
/// the line: no row is ever lost in silence.
public final class LineReader {
  /// The path, or `<stdin>`.
  public let path: String

  private static let pieceSize = 1 << 18
  private let lineLimit: Int
  private let source: UnpackedBytes
  private var buffer: [UInt8] = []
  private var position = 0  // of the next unread byte in `buffer`
  private var offset = 0  // of that byte in the text
  private var line = 0
  private var isAtEnd = false

  /// Bytes of the file that the lines so far took; nil where something packed them.
  public var bytesRead: Int? { source.isPacked ? nil : offset }

  /// Opens the file at `path`.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - lineLimit: The longest line accepted, in bytes.
  /// - Throws: `FileError` if it is missing, unreadable or not a regular file.
  public convenience init(_ path: String, lineLimit: Int = 1 << 24) throws {
    self.init(try Descriptor.openRegular(path), path: path, lineLimit: lineLimit)
  }

  private init(_ descriptor: consuming Descriptor, path: String, lineLimit: Int) {
    source = UnpackedBytes(descriptor)
    self.path = path
    self.lineLimit = lineLimit
  }

  /// Reads from standard input.
  ///
  /// - Parameter lineLimit: The longest line accepted, in bytes.
  /// - Returns: The reader.
  /// - Throws: `FileError` if standard input is closed.
  public static func standardInput(lineLimit: Int = 1 << 24) throws -> LineReader {
    let copy = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else {
      throw FileError("cannot read standard input", path: "<stdin>", code: errno)
    }
    return LineReader(
      Descriptor(adopting: copy, path: "<stdin>"), path: "<stdin>", lineLimit: lineLimit)
  }

  /// The next line and its number, counted from 1; nil at the end of the file.
  ///
  /// - Throws: `FileError` if the device fails, packed bytes are damaged or the text is not acceptable;
  ///   what `LongReading` asks.
  public func next() throws -> (number: Int, text: String)? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { consume(through: end + 1) }
        return (line + 1, try text(of: buffer[position..<end]))
      }
      try checkLength(buffer.count - position)
      if isAtEnd { break }
      searched = buffer.count - position
      try readPiece()
    }
    let rest = buffer[position...]
    let isMarkAlone = line == 0 && rest.elementsEqual(UTF8Text.byteOrderMark)
    guard !rest.isEmpty, !isMarkAlone else { return nil }
    defer { consume(through: buffer.count) }
    return (line + 1, try text(of: rest))
  }

  private func consume(through end: Int) {
    offset += end - position
    position = end
    line += 1
  }

  /// Moves the unread rest to the front and appends the next piece of the file.
  private func readPiece() throws {
    buffer.removeSubrange(..<position)
    position = 0
    let filled = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: Self.pieceSize))
    let count = unsafe try buffer.withUnsafeMutableBytes { bytes in
      unsafe try source.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]))
    }
    buffer.removeLast(Self.pieceSize - count)
    if count == 0 { isAtEnd = true }
  }

  private func checkLength(_ length: Int) throws {
    guard length <= lineLimit else {
      throw FileError(
        .invalidText, path: path,
        detail: "line \(line + 1) is longer than the \(lineLimit) bytes allowed")
    }
  }

  private func text(of bytes: ArraySlice<UInt8>) throws -> String {
    var content = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
    // Not where the file is read: a pipe may deliver the mark byte by byte.
    if line == 0 && content.starts(with: UTF8Text.byteOrderMark) {
      content = content.dropFirst(UTF8Text.byteOrderMark.count)
    }
    try checkLength(content.count)
    if let zero = content.firstIndex(of: 0) {
      throw invalid(at: zero - bytes.startIndex, "is NUL; the file is not text")
    }
    if let text = String(validating: content, as: UTF8.self) { return text }
    let place = (UTF8Text.firstInvalidByte(in: content) ?? content.startIndex) - bytes.startIndex
    throw invalid(at: place, "is not valid UTF-8")
  }

  private func invalid(at place: Int, _ reason: String) -> FileError {
    FileError(
      .invalidText, path: path,
      detail:
        "line \(line + 1): byte \(offset + place) \(source.isPacked ? "of what was packed " : "")"
        + reason)
  }
}
