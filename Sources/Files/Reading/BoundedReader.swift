/// Reads whole files that must not exceed a limit.
public enum BoundedReader {
  /// The bytes of the file at `path`.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The largest size accepted, in bytes.
  /// - Returns: Its bytes.
  /// - Throws: `FileError` if the file is missing, not regular, larger than `limit`, or changes
  ///   while it is read.
  public static func bytes(at path: String, limit: Int) throws -> [UInt8] {
    let file = try RegularFile(path)
    guard file.size <= limit else {
      throw FileError(
        .tooLarge, path: path, detail: "has \(file.size) bytes, more than the \(limit) allowed here"
      )
    }
    let bytes = try file.read(at: 0, count: file.size, as: UInt8.self)
    try file.checkUnchanged()
    return bytes
  }

  /// The bytes of the file at `path`, unpacked where gzip or zstd packed them.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The most bytes accepted, unpacked.
  /// - Returns: Its bytes.
  /// - Throws: `FileError` if the file is missing, not regular, damaged, or holds more than `limit`; what
  ///   `LongReading` asks.
  public static func unpackedBytes(at path: String, limit: Int) throws -> [UInt8] {
    let source = UnpackedBytes(try Descriptor.openRegular(path))
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = unsafe try piece.withUnsafeMutableBytes { unsafe try source.read(into: $0) }
      guard count > 0 else { return bytes }
      guard count <= limit - bytes.count else {
        throw FileError(
          .tooLarge, path: path, detail: "holds more than the \(limit) bytes allowed here")
      }
      bytes += piece[..<count]
    }
  }

  /// The first bytes of the file at `path`, unpacked where gzip or zstd packed them.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The most bytes that are read.
  /// - Returns: Its bytes up to there.
  /// - Throws: `FileError` if the file is missing, not regular or damaged; what `LongReading` asks.
  public static func beginning(of path: String, limit: Int) throws -> [UInt8] {
    let source = UnpackedBytes(try Descriptor.openRegular(path))
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    while bytes.count < limit {
      let count = unsafe try piece.withUnsafeMutableBytes { unsafe try source.read(into: $0) }
      guard count > 0 else { break }
      bytes += piece[..<min(count, limit - bytes.count)]
    }
    return bytes
  }

  /// The text of the UTF-8 file at `path`, without a byte order mark.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The largest size accepted, in bytes.
  /// - Returns: Its text.
  /// - Throws: `FileError` as for `bytes(at:limit:)`, and where the text is not UTF-8 (with the line
  ///   and the byte).
  public static func text(at path: String, limit: Int) throws -> String {
    let bytes = try bytes(at: path, limit: limit)
    let start = bytes.starts(with: UTF8Text.byteOrderMark) ? UTF8Text.byteOrderMark.count : 0
    if let text = String(validating: bytes[start...], as: UTF8.self) { return text }
    let offset = UTF8Text.firstInvalidByte(in: bytes[...]) ?? bytes.count
    let line = bytes[..<offset].count { $0 == UInt8(ascii: "\n") } + 1
    throw FileError(
      .invalidText, path: path, detail: "line \(line): byte \(offset) is not valid UTF-8")
  }
}
