/// A JSON reader (RFC 8259) that accepts only what every reader understands in the same way.
///
/// Foundation keeps the first of two equal keys, Python the last: here that is an error, as are
/// anything after the value, invalid UTF-8, half a surrogate pair, numbers that are infinite, and
/// more than 64 levels of nesting. Errors name the byte.
public enum StrictJSON {
  /// The deepest nesting accepted.
  public static let depthLimit = 64
  /// The most values accepted in one text, so that a small hostile file cannot fill the memory.
  public static let valueLimit = 4_000_000

  /// The value written in `bytes`.
  ///
  /// - Parameters:
  ///   - bytes: The whole text.
  ///   - path: The file it comes from, for errors.
  ///   - isLine: Whether it is one line of a file, and `path` says which: errors name the column alone.
  /// - Returns: The value.
  /// - Throws: `FileError` of kind `invalidJSON`.
  public static func parse(_ bytes: [UInt8], path: String, isLine: Bool = false) throws -> JSONValue
  {
    if let place = UTF8Text.firstInvalidByte(in: bytes[...]) {
      throw FileError(.invalidJSON, path: path, detail: "byte \(place) is not valid UTF-8")
    }
    if bytes.starts(with: UTF8Text.byteOrderMark) {
      throw FileError(
        .invalidJSON, path: path,
        detail: "starts with a byte order mark; save it as UTF-8 without one")
    }
    try PointerFile.refuse(bytes, path: path)
    var scanner = JSONScanner(bytes: bytes, path: path, isLine: isLine)
    return try scanner.scanDocument()
  }

  /// The value written in the file at `path`.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The largest size accepted, in bytes.
  /// - Returns: The value.
  /// - Throws: `FileError` if the file cannot be read or is not strict JSON.
  public static func read(_ path: String, limit: Int) throws -> JSONValue {
    try parse(try BoundedReader.bytes(at: path, limit: limit), path: path)
  }
}
