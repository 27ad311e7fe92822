internal import CZlib
internal import Files

/// Reads the compressed chunks of datasets.
final class ChunkReader {
  private let file: RegularFile
  private let path: String
  // Rows are often read in pieces that share a chunk.
  private var last: (offset: Int, bytes: [UInt8])?

  init(_ file: RegularFile, shownAs path: String) {
    self.file = file
    self.path = path
  }

  /// The values of one chunk of `info`, `size` bytes.
  func bytes(_ piece: StoredDataset.Piece, of info: DatasetInfo, size: Int) throws -> [UInt8] {
    if let last, last.offset == piece.offset, last.bytes.count == size { return last.bytes }
    last = nil
    // The sum behind the chunk is HDF5's; the trailer's digest covers the same bytes.
    let stored = try file.read(at: piece.offset, count: piece.count - 4, as: UInt8.self)
    guard let shuffled = Self.inflate(stored, size: size) else {
      throw HDF5Error(
        .damaged, path: path,
        detail: "`\(info.name)` has a chunk that does not inflate to \(size) bytes; make the file "
          + "again")
    }
    let bytes = Self.unshuffled(shuffled, elementSize: info.element.size)
    last = (piece.offset, bytes)
    return bytes
  }

  /// What was deflated, if it is exactly `size` bytes.
  private static func inflate(_ stored: [UInt8], size: Int) -> [UInt8]? {
    var isWhole = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, initializedCount in
      var (written, read) = (uLong(size), uLong(stored.count))
      let status = unsafe uncompress2(buffer.baseAddress, &written, stored, &read)
      isWhole = status == Z_OK && written == size && read == stored.count
      initializedCount = Int(written)
    }
    return isWhole ? bytes : nil
  }

  /// Values whose first bytes come first, then their second bytes, put together again.
  private static func unshuffled(_ shuffled: [UInt8], elementSize: Int) -> [UInt8] {
    guard elementSize > 1 else { return shuffled }
    let count = shuffled.count / elementSize
    return unsafe [UInt8](unsafeUninitializedCapacity: shuffled.count) { buffer, initializedCount in
      unsafe shuffled.withUnsafeBufferPointer { source in
        for byte in 0..<elementSize {
          let start = byte * count
          for index in 0..<count {
            unsafe buffer[index * elementSize + byte] = source[start + index]
          }
        }
      }
      initializedCount = count * elementSize
    }
  }
}
