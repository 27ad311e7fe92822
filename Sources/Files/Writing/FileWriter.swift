internal import Glibc

/// Writes a file front to back through a buffer, and digests it on the way.
///
/// Made by `AtomicFile.stream`, which alone decides when the file appears under its name.
public struct FileWriter: ~Copyable {
  /// Bytes written so far.
  public private(set) var count = 0

  private static let capacity = 1 << 20
  private var buffer: [UInt8] = []
  private var builder = DigestBuilder()
  private let descriptor: Descriptor

  init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
    buffer.reserveCapacity(Self.capacity)
  }

  /// Writes `text` as UTF-8.
  public mutating func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Writes the little-endian bytes of `values`.
  public mutating func write<Number: PlainNumber>(_ values: [Number]) throws {
    unsafe try values.withUnsafeBytes { unsafe try write($0) }
  }

  /// Writes the little-endian bytes of `values`.
  public mutating func write<Number: PlainNumber>(_ values: Span<Number>) throws {
    unsafe try values.withUnsafeBytes { unsafe try write($0) }
  }

  /// Writes the bytes of `bytes`.
  public mutating func write(_ bytes: RawSpan) throws {
    unsafe try bytes.withUnsafeBytes { unsafe try write($0) }
  }

  private mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
    count += bytes.count
    if buffer.count + bytes.count <= Self.capacity {
      unsafe buffer.append(contentsOf: bytes)
      return
    }
    try flush()
    if bytes.count >= Self.capacity {
      unsafe builder.update(bytes)
      unsafe try descriptor.write(bytes)
    } else {
      unsafe buffer.append(contentsOf: bytes)
    }
  }

  /// The digest of all bytes written so far.
  ///
  /// - Throws: `FileError` if they cannot be written.
  public mutating func digestSoFar() throws -> Digest {
    try flush()
    return builder.finish()
  }

  private mutating func flush() throws {
    builder.update(buffer)
    unsafe try buffer.withUnsafeBytes { unsafe try descriptor.write($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes what is still in the buffer, makes the file durable if it is to be, closes it, and gives the
  /// digest of all its bytes.
  consuming func finish(isDurable: Bool = true) throws -> Digest {
    try flush()
    let digest = builder.finish()
    if isDurable { try descriptor.synchronize() }
    try descriptor.close()
    return digest
  }
}
