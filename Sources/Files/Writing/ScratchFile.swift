internal import Glibc

/// A file without a name, for what a process needs at hand and memory cannot hold.
///
/// It is written front to back, then read at any place. The system removes it when its last user is
/// gone, however the process ends.
public final class ScratchFile {
  /// Bytes appended so far.
  public private(set) var size = 0

  static let prefix = ".distill-scratch-"
  private static let capacity = 1 << 18
  private let descriptor: Descriptor
  private var buffer: [UInt8] = []

  init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

  /// Makes an empty file in `folder`, which decides the device it lies on.
  ///
  /// - Throws: `FileError` if nothing can be created there.
  public convenience init(in folder: String) throws {
    self.init(try Self.create(in: folder))
  }

  private static func create(in folder: String) throws -> Descriptor {
    while true {
      let tag = String(UInt64.random(in: 0...UInt64.max), radix: 16)
      let path = "\(folder)/\(prefix)\(getpid())-\(tag)"
      let number = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
      if number < 0 {
        if errno == EEXIST || errno == EINTR { continue }
        throw FileError(
          "cannot create a scratch file", path: folder, code: errno, fallback: .cannotCreate)
      }
      // Its errors are about the folder: the user never heard of the file.
      let descriptor = Descriptor(adopting: number, path: folder)
      try removeFile(path)
      return descriptor
    }
  }

  /// Appends the little-endian bytes of `values`.
  ///
  /// - Throws: `FileError` if the device is full or fails.
  public func append<Number: PlainNumber>(_ values: [Number]) throws {
    unsafe values.withUnsafeBytes { bytes in
      unsafe buffer.append(contentsOf: bytes)
      size += bytes.count
    }
    if buffer.count >= Self.capacity { try flush() }
  }

  /// Ends the writing: what follows are reads.
  ///
  /// Everything is made durable first, so that a device that fails is noticed here and not as wrong
  /// numbers later.
  ///
  /// - Throws: `FileError` if the device is full or fails.
  public func finish() throws {
    try flush()
    buffer = []
    try descriptor.synchronize()
  }

  /// Reads `count` numbers that start at byte `offset`.
  ///
  /// - Precondition: The range was appended, and the writing ended.
  /// - Throws: `FileError` if the device fails.
  public func read<Number: PlainNumber>(
    at offset: Int, count: Int, as type: Number.Type = Number.self
  ) throws -> [Number] {
    let bytes = count * MemoryLayout<Number>.stride
    precondition(
      buffer.isEmpty && offset >= 0 && count >= 0 && offset + bytes <= size,
      "\(count) numbers at byte \(offset) of a scratch file of \(size) bytes")
    return unsafe try [Number](unsafeUninitializedCapacity: count) { values, initializedCount in
      unsafe try descriptor.read(at: offset, filling: UnsafeMutableRawBufferPointer(values))
      initializedCount = count
    }
  }

  private func flush() throws {
    do {
      unsafe try buffer.withUnsafeBytes { unsafe try descriptor.write($0) }
    } catch let error as FileError where error.kind == .noSpace {
      throw FileError(
        .noSpace, path: error.path,
        detail: "\(error.detail), beyond \(size >> 20) MiB of a scratch file; free some space")
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
