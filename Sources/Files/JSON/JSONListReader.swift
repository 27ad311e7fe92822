/// Reads the elements of a JSON list one after the other, in constant memory, what gzip or zstd packed like any
/// other file.
///
/// It finds where elements begin and end; what each of them is, whoever parses it tells.
public final class JSONListReader {
  /// The path.
  public let path: String

  private static let pieceSize = 1 << 18
  private let elementLimit: Int
  private let source: UnpackedBytes
  private var ahead = ReadAhead()
  private var number = 0
  private var isAtEnd = false

  /// Opens the file at `path`.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - elementLimit: The longest element accepted, in bytes.
  /// - Throws: `FileError` if it is missing, unreadable or not a regular file.
  public init(_ path: String, elementLimit: Int = 1 << 24) throws {
    source = UnpackedBytes(try Descriptor.openRegular(path))
    self.path = path
    self.elementLimit = elementLimit
  }

  /// Bytes of the file that the elements so far took; nil where something packed them.
  public var bytesRead: Int? { source.isPacked ? nil : ahead.offset }

  /// The next element and its number, counted from 1; nil at the end of the list.
  ///
  /// - Throws: `FileError` if the device fails, packed bytes are damaged, or the list is none.
  public func next() throws -> (number: Int, bytes: [UInt8])? {
    guard !isAtEnd else { return nil }
    if number == 0 {
      try skipMark()
      guard try take() == UInt8(ascii: "[") else {
        throw fault(
          "begins with something else than a list; take it away, or save the file as UTF-8")
      }
      if try peek() == UInt8(ascii: "]") {
        _ = try take()
        return try end()
      }
    } else if try take() == UInt8(ascii: "]") {
      return try end()
    }
    number += 1
    _ = try peek()
    let size = try elementSize()
    let bytes = Array(ahead.rest.prefix(size))
    guard !bytes.isEmpty else {
      throw fault("element \(number) is missing: a comma stands where one should be; take it out")
    }
    ahead.consume(size)
    _ = try peek()
    guard UTF8Text.firstInvalidByte(in: bytes[...]) == nil else {
      throw fault(
        "element \(number) is not valid UTF-8, \(UTF8Text.conversion(of: "WINDOWS-1252"))")
    }
    return (number, bytes)
  }

  /// How many bytes the element that comes next has, the space behind it included: up to the comma or the
  /// bracket that ends it.
  private func elementSize() throws -> Int {
    var (size, depth) = (0, 0)
    var (isText, isEscaped) = (false, false)
    while true {
      for byte in ahead.rest[(ahead.position + size)...] {
        if isText {
          isText = isEscaped || byte != UInt8(ascii: "\"")
          isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        } else {
          switch byte {
          case UInt8(ascii: "\""): isText = true
          case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
          case UInt8(ascii: ",") where depth == 0, UInt8(ascii: "]") where depth == 0:
            try checkSize(size)
            return size
          case UInt8(ascii: "}"), UInt8(ascii: "]"): depth = max(0, depth - 1)
          default: break
          }
        }
        size += 1
      }
      try checkSize(size)
      guard try fill() else { throw cutOff() }
    }
  }

  private func checkSize(_ size: Int) throws {
    guard size <= elementLimit else {
      throw fault("element \(number) is longer than the \(elementLimit) bytes allowed")
    }
  }

  /// The end of the list, behind which nothing may stand.
  private func end() throws -> (number: Int, bytes: [UInt8])? {
    isAtEnd = true
    guard try peek() == nil else {
      throw fault("byte \(ahead.offset): something follows the list; put all rows into one")
    }
    return nil
  }

  /// The next byte that is no white space, which is left; nil at the end of the file.
  private func peek() throws -> UInt8? {
    while true {
      let space = ahead.rest.prefix { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
      ahead.consume(space.count)
      if let byte = ahead.rest.first { return byte }
      guard try fill() else { return nil }
    }
  }

  /// Takes the next byte that is no white space.
  private func take() throws -> UInt8 {
    guard let byte = try peek() else { throw cutOff() }
    ahead.consume(1)
    return byte
  }

  private func skipMark() throws {
    while ahead.rest.count < 3, try fill() {}
    if ahead.rest.starts(with: UTF8Text.byteOrderMark) { ahead.consume(3) }
  }

  /// Reads on; false at the end of the file.
  private func fill() throws -> Bool {
    unsafe try ahead.fill(Self.pieceSize) { unsafe try source.read(into: $0) }
    return !ahead.isAtEnd
  }

  private func cutOff() -> FileError {
    fault("ends before its list does, at element \(number); write or fetch it again")
  }

  private func fault(_ detail: String) -> FileError {
    FileError(.invalidJSON, path: path, detail: detail)
  }
}
