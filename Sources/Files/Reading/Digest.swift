internal import Crypto

/// A SHA-256 digest, kept and encoded as 64 lower-case hexadecimal digits.
public struct Digest: Sendable, Hashable, Codable, Comparable, CustomStringConvertible {
  /// The 64 lower-case hexadecimal digits.
  public let hexadecimal: String

  /// The digest written as `hexadecimal`, or nil if that is not 64 lower-case hexadecimal digits.
  public init?(hexadecimal: String) {
    let isDigit = { (byte: UInt8) in (48...57).contains(byte) || (97...102).contains(byte) }
    guard hexadecimal.utf8.count == 64, hexadecimal.utf8.allSatisfy(isDigit) else { return nil }
    self.hexadecimal = hexadecimal
  }

  /// The digest with these 32 bytes.
  package init(bytes: some Sequence<UInt8>) {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    precondition(text.count == 64, "a SHA-256 digest has 32 bytes, got \(text.count / 2)")
    hexadecimal = String(decoding: text, as: UTF8.self)
  }

  /// The SHA-256 of `bytes`.
  public static func of(_ bytes: [UInt8]) -> Digest {
    var builder = DigestBuilder()
    builder.update(bytes)
    return builder.finish()
  }

  /// The SHA-256 of the UTF-8 bytes of `text`.
  public static func of(_ text: String) -> Digest { of(Array(text.utf8)) }

  /// The SHA-256 of a file's bytes.
  ///
  /// - Throws: `FileError` if the file is not a regular, readable file or changes meanwhile.
  public static func ofFile(_ path: String) throws -> Digest {
    let file = try RegularFile(path)
    return try file.digest(of: 0..<file.size)
  }

  /// A digest of everything in a folder: SHA-256 over one line `digest path` for each file, in
  /// byte order of the paths relative to the folder.
  ///
  /// Hidden entries (names that start with a dot) do not count; links are followed for files only.
  ///
  /// - Throws: `FileError` if anything in the folder cannot be read.
  public static func ofFolder(_ path: String) throws -> Digest {
    var lines = DigestBuilder()
    for name in try filesBeneath(path) {
      lines.update(Array("\(try ofFile("\(path)/\(name)")) \(name)\n".utf8))
    }
    return lines.finish()
  }

  /// The digest of a file, or of a folder and all it holds.
  ///
  /// - Throws: `FileError` if it cannot be read.
  public static func ofFileOrFolder(_ path: String) throws -> Digest {
    try isFolder(path) ? ofFolder(path) : ofFile(path)
  }

  /// The 32 bytes.
  public var bytes: [UInt8] {
    let digits = Array(hexadecimal.utf8).map { $0 < 58 ? $0 - 48 : $0 - 87 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  /// The hexadecimal digits.
  public var description: String { hexadecimal }

  /// Orders by the hexadecimal digits.
  public static func < (left: Digest, right: Digest) -> Bool {
    left.hexadecimal < right.hexadecimal
  }

  /// Reads the hexadecimal string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let digest = Digest(hexadecimal: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "not a SHA-256 digest of 64 hexadecimal digits")
    }
    self = digest
  }

  /// Writes the hexadecimal string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hexadecimal)
  }
}

/// Computes a `Digest` piece by piece.
public struct DigestBuilder {
  private var hash = SHA256()

  /// The state before the first byte.
  public init() {}

  /// Takes in `bytes`.
  public mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { buffer in unsafe hash.update(bufferPointer: buffer) }
  }

  /// Takes in the little-endian bytes of `values`.
  public mutating func update<Number: PlainNumber>(_ values: [Number]) {
    unsafe values.withUnsafeBytes { buffer in unsafe hash.update(bufferPointer: buffer) }
  }

  /// Takes in the little-endian bytes of `values`.
  public mutating func update<Number: PlainNumber>(_ values: Span<Number>) {
    unsafe values.withUnsafeBytes { buffer in unsafe hash.update(bufferPointer: buffer) }
  }

  /// Takes in `bytes`.
  public mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { buffer in unsafe hash.update(bufferPointer: buffer) }
  }

  /// Takes in the bytes of `buffer`.
  package mutating func update(_ buffer: UnsafeRawBufferPointer) {
    unsafe hash.update(bufferPointer: buffer)
  }

  /// The digest of everything taken in.
  public func finish() -> Digest { Digest(bytes: hash.finalize()) }
}
