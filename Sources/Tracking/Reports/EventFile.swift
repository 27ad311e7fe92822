internal import Files
internal import Foundation

/// A file of events as TensorBoard reads it: records with checksums, each a message of protocol buffers.
final class EventFile {
  private let path: String
  private let handle: FileHandle

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - path: The file, which is not there yet.
  ///   - seconds: Seconds since 1970, UTC.
  ///   - step: The first step that it has, where earlier files may have the same ones: those no longer
  ///     hold.
  /// - Throws: `TrackingError` or `FileError` where it cannot be written.
  init(_ path: String, at seconds: Double, goingOnFrom step: Int?) throws {
    self.path = path
    try ensureDirectory(splitPath(path).folder)
    try AtomicFile.write([], to: path)
    guard let handle = FileHandle(forWritingAtPath: path) else {
      throw TrackingError(path: path, reason: "cannot be opened for writing")
    }
    self.handle = handle
    var version = Message()
    version.append(1, seconds)
    version.append(3, text: "brain.Event:2")
    try append(version)
    guard let step else { return }
    var session = Message()
    session.append(1, 1)
    var start = Message()
    start.append(1, seconds)
    start.append(2, step)
    start.append(7, session)
    try append(start)
  }

  /// Adds numbers that belong to one moment.
  ///
  /// - Throws: `TrackingError` where they cannot be written.
  func append(_ values: [(tag: String, value: Double)], at seconds: Double, step: Int) throws {
    var summary = Message()
    for (tag, number) in values {
      var value = Message()
      value.append(1, text: tag)
      value.append(2, Float(number))
      summary.append(1, value)
    }
    var event = Message()
    event.append(1, seconds)
    event.append(2, step)
    event.append(5, summary)
    try append(event)
  }

  private func append(_ message: Message) throws {
    do { try handle.write(contentsOf: Data(Self.record(message.bytes))) } catch {
      throw FileError("cannot be written", path: path, code: systemCode(of: error))
    }
  }

  /// A record: length, checksum of the length, bytes, checksum of the bytes.
  static func record(_ bytes: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(bytes.count))
    return length + littleEndian(CRC32C.masked(length)) + bytes + littleEndian(CRC32C.masked(bytes))
  }

  private static func littleEndian(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    stride(from: 0, to: value.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// A message of protocol buffers.
  struct Message {
    private(set) var bytes: [UInt8] = []

    private mutating func append(varint value: UInt64) {
      var rest = value
      while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func append(key field: UInt64, wire: UInt64) {
      append(varint: field << 3 | wire)
    }

    /// A whole number.
    mutating func append(_ field: UInt64, _ value: Int) {
      append(key: field, wire: 0)
      append(varint: UInt64(bitPattern: Int64(value)))
    }

    /// A number of 64 bits.
    mutating func append(_ field: UInt64, _ value: Double) {
      append(key: field, wire: 1)
      bytes += EventFile.littleEndian(value.bitPattern)
    }

    /// A number of 32 bits.
    mutating func append(_ field: UInt64, _ value: Float) {
      append(key: field, wire: 5)
      bytes += EventFile.littleEndian(value.bitPattern)
    }

    /// A text.
    mutating func append(_ field: UInt64, text: String) { append(field, Array(text.utf8)) }

    /// A message.
    mutating func append(_ field: UInt64, _ message: Message) { append(field, message.bytes) }

    private mutating func append(_ field: UInt64, _ content: [UInt8]) {
      append(key: field, wire: 2)
      append(varint: UInt64(content.count))
      bytes += content
    }
  }
}

/// The checksum of TensorFlow's records: CRC-32C, turned, so that a checksum of checksums is one.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { index in
    var value = UInt32(truncatingIfNeeded: index)
    for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82F6_3B78 }
    return value
  }

  /// The checksum.
  static func of(_ bytes: [UInt8]) -> UInt32 {
    var value = UInt32.max
    for byte in bytes {
      value = value >> 8 ^ table[Int(UInt8(truncatingIfNeeded: value) ^ byte)]
    }
    return ~value
  }

  /// The checksum as records have it.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let value = of(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
