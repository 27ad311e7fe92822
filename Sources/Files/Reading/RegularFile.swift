internal import Glibc

/// A file opened for reading at any place.
///
/// Everything is copied into memory the caller owns (`pread`); nothing is mapped, so a file that is
/// cut short while it is read gives an error and not a signal.
public final class RegularFile {
  /// The path as given.
  public let path: String
  /// The size when the file was opened, in bytes.
  public let size: Int
  /// The file's identity when it was opened.
  public let signature: StatSignature

  private let descriptor: Descriptor

  /// Opens `path`.
  ///
  /// - Throws: `FileError` if it is missing, unreadable or not a regular file.
  public init(_ path: String) throws {
    self.path = path
    descriptor = try Descriptor.openRegular(path)
    signature = StatSignature(try descriptor.status())
    size = Int(signature.size)
  }

  /// What the system calls the open file: for whoever reads it at a place of his own while this lives.
  package var number: Int32 { descriptor.number }

  /// Reads `count` numbers that start at byte `offset`.
  ///
  /// - Precondition: The range lies within the file; memory is asked for only after that check.
  /// - Throws: `FileError` if the device fails or the file has become shorter.
  public func read<Number: PlainNumber>(
    at offset: Int, count: Int, as type: Number.Type = Number.self
  ) throws -> [Number] {
    precondition(offset >= 0 && count >= 0, "negative range: \(offset), \(count)")
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Number>.stride)
    precondition(
      !overflow && bytes <= size && offset <= size - bytes,
      "\(count) numbers at byte \(offset) of a file of \(size) bytes")
    return unsafe try [Number](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      let raw = unsafe UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: bytes)
      unsafe try descriptor.read(at: offset, filling: raw)
      initializedCount = count
    }
  }

  /// Fills `values` with numbers that start at byte `offset`.
  ///
  /// - Throws: `FileError` if the device fails or the file ends before.
  public func read<Number: PlainNumber>(
    at offset: Int, into values: inout MutableSpan<Number>
  ) throws {
    precondition(offset >= 0, "negative offset: \(offset)")
    unsafe try values.withUnsafeMutableBytes { buffer in
      unsafe try descriptor.read(at: offset, filling: buffer)
    }
  }

  /// Fills `buffer` with the bytes from `offset` on.
  ///
  /// - Throws: `FileError` if the device fails or the file ends before.
  package func read(at offset: Int, filling buffer: UnsafeMutableRawBufferPointer) throws {
    precondition(offset >= 0, "negative offset: \(offset)")
    unsafe try descriptor.read(at: offset, filling: buffer)
  }

  /// The SHA-256 of the bytes in `range`, read in pieces.
  ///
  /// - Throws: `FileError` if the device fails, the file is shorter, it changed meanwhile, or most of
  ///   a large one was never written; what `LongReading` asks.
  public func digest(of range: Range<Int>) throws -> Digest {
    try requireWritten()
    var builder = DigestBuilder()
    let piece = 1 << 20
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = min(piece, range.upperBound - offset)
      try LongReading.check()
      let bytes = try read(at: offset, count: count, as: UInt8.self)
      builder.update(bytes)
      offset += count
    }
    try checkUnchanged()
    return builder.finish()
  }

  /// Refuses a file with a gigabyte of holes: a terabyte of nothing takes an hour to read, and is no
  /// text and no model.
  private func requireWritten() throws {
    let stored = Int(try descriptor.status().st_blocks) * 512
    guard size - stored > 1 << 30, descriptor.hasHole(before: size) else { return }
    throw FileError(
      .tooLarge, path: path,
      detail: "is sparse: \(size - stored) of its \(size) bytes were never written; give the file "
        + "that was meant, or write it whole (cp --sparse=never)")
  }

  /// Checks that the open file still is what it was when it was opened.
  ///
  /// - Throws: `FileError` of kind `changed` if it was written to.
  public func checkUnchanged() throws {
    guard StatSignature(try descriptor.status()).sameContent(as: signature) else {
      throw FileError(.changed, path: path, detail: "changed while it was being read")
    }
  }
}
