internal import Glibc

/// Reads a UTF-8 text file line by line in constant memory, what gzip or zstd packed like any other.
///
/// A line ends with LF, CR LF or CR CR LF, which text mode makes of CR LF; none is part of it. Where the
/// first line ends with CR alone, as on old Macs, all do; LF is refused there, since nobody can tell what
/// was meant. A byte order mark at the start is skipped; the last line needs no end. A NUL, invalid UTF-8 or a line beyond the limit is an
/// error that names the line: no row is ever lost in silence.
public final class LineReader {
  /// The path, or `<stdin>`.
  public let path: String

  private static let pieceSize = 1 << 18
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
  private let lineLimit: Int
  private let source: UnpackedBytes
  private var ahead = ReadAhead()
  private var line = 0
  private var ending = Ending.unknown

  /// How lines end, by the first of them.
  private enum Ending {
    case unknown
    /// LF, CR before it or not.
    case lineFeed
    /// CR alone.
    case carriageReturn
  }

  /// Lines so far that hold CR other than at their end, and the first of them: Python, and what is
  /// built on it, would end a line there.
  public private(set) var strayReturns = (count: 0, firstLine: 0)

  /// Bytes of the file that the lines so far took; nil where something packed them.
  public var bytesRead: Int? { source.isPacked ? nil : ahead.offset }

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
    var searched = 0
    while true {
      if let end = try lineEnd(&searched) {
        defer { consume(through: end + 1) }
        return (line + 1, try text(of: ahead.bytes[ahead.position..<end]))
      }
      try checkLength(ahead.rest.count)
      if ahead.isAtEnd { break }
      unsafe try ahead.fill(Self.pieceSize) { unsafe try source.read(into: $0) }
    }
    let rest = ahead.rest
    let isMarkAlone = line == 0 && rest.elementsEqual(UTF8Text.byteOrderMark)
    guard !rest.isEmpty, !isMarkAlone else { return nil }
    defer { consume(through: rest.endIndex) }
    return (line + 1, try text(of: rest))
  }

  /// The last byte of the next line with its end; nil where more must be read.
  ///
  /// - Parameter searched: How many bytes of the line it is not among.
  /// - Returns: Its place in what was read ahead.
  /// - Throws: `FileError` where lines end otherwise than the first.
  private func lineEnd(_ searched: inout Int) throws -> Int? {
    let bytes = ahead.bytes[(ahead.position + searched)...]
    let found =
      ending == .lineFeed
      ? bytes.firstIndex(of: Self.lineFeed)
      : bytes.firstIndex { $0 == Self.lineFeed || $0 == Self.carriageReturn }
    searched = (found ?? bytes.endIndex) - ahead.position
    guard let found else { return nil }
    if bytes[found] == Self.lineFeed {
      guard ending != .carriageReturn else { throw mixedEndings() }
      ending = .lineFeed
    }
    guard ending == .unknown else { return found }
    // CR LF that became CR CR LF on its way is no end of an old Mac's.
    let next = bytes[found...].prefix(3).firstIndex { $0 != Self.carriageReturn }
    guard let next else {
      guard ahead.isAtEnd || bytes[found...].count > 2 else { return nil }
      ending = .carriageReturn
      return found
    }
    ending = bytes[next] == Self.lineFeed ? .lineFeed : .carriageReturn
    return ending == .lineFeed ? next : found
  }

  private func mixedEndings() -> FileError {
    FileError(
      .invalidText, path: path,
      detail:
        "line \(line + 1) ends with LF, the lines before it with CR alone; make the ends alike: "
        + "sed 's/\\r$//' FILE | tr '\\r' '\\n' > NEW")
  }

  private func consume(through end: Int) {
    ahead.consume(end - ahead.position)
    line += 1
  }

  private func checkLength(_ length: Int) throws {
    guard length <= lineLimit else {
      throw FileError(
        .invalidText, path: path,
        detail: "line \(line + 1) is longer than the \(lineLimit) bytes allowed")
    }
  }

  private func text(of bytes: ArraySlice<UInt8>) throws -> String {
    var content = bytes
    while content.last == Self.carriageReturn { content = content.dropLast() }
    // Not where the file is read: a pipe may deliver the mark byte by byte.
    if line == 0 && content.starts(with: UTF8Text.byteOrderMark) {
      content = content.dropFirst(UTF8Text.byteOrderMark.count)
    }
    try checkLength(content.count)
    if line == 0, bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw invalid(at: 0, "is not valid UTF-8, " + UTF8Text.conversion(of: "UTF-16"))
    }
    var rest = content
    while let place = rest.firstIndex(where: { $0 == 0 || $0 == Self.carriageReturn }) {
      guard rest[place] != 0 else {
        throw invalid(at: place - bytes.startIndex, "is NUL; the file is not text")
      }
      if strayReturns.count == 0 { strayReturns.firstLine = line + 1 }
      if rest.startIndex == content.startIndex { strayReturns.count += 1 }
      rest = rest[(place + 1)...]
    }
    if let text = String(validating: content, as: UTF8.self) { return text }
    let place = (UTF8Text.firstInvalidByte(in: content) ?? content.startIndex) - bytes.startIndex
    throw invalid(at: place, "is not valid UTF-8, " + UTF8Text.conversion(of: "WINDOWS-1252"))
  }

  private func invalid(at place: Int, _ reason: String) -> FileError {
    FileError(
      .invalidText, path: path,
      detail:
        "line \(line + 1): byte \(ahead.offset + place) \(source.isPacked ? "of what was packed " : "")"
        + reason)
  }
}
