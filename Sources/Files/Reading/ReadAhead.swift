/// Bytes that were read ahead of their use, and where the next one stands in what is read.
struct ReadAhead {
  /// What was used of late, and what comes next.
  private(set) var bytes: [UInt8] = []
  /// The next byte, by its place in `bytes`.
  private(set) var position = 0
  /// The same by its place in all that is read.
  private(set) var offset = 0
  /// Whether nothing more comes.
  private(set) var isAtEnd = false

  /// What was read and not used yet.
  var rest: ArraySlice<UInt8> { bytes[position...] }

  /// Takes the next bytes for used.
  mutating func consume(_ count: Int) {
    position += count
    offset += count
  }

  /// Moves what was not used to the front, and appends what is read next; nothing at the end.
  ///
  /// - Parameters:
  ///   - size: As many bytes are read at most.
  ///   - read: Fills the beginning of a buffer, and says with how many bytes.
  /// - Throws: What `read` throws.
  mutating func fill(
    _ size: Int, by read: (UnsafeMutableRawBufferPointer) throws -> Int
  ) throws {
    guard !isAtEnd else { return }
    bytes.removeSubrange(..<position)
    position = 0
    let kept = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: size))
    var count = 0
    defer { bytes.removeLast(size - count) }
    count = unsafe try bytes.withUnsafeMutableBytes { bytes in
      unsafe try read(UnsafeMutableRawBufferPointer(rebasing: bytes[kept...]))
    }
    if count == 0 { isAtEnd = true }
  }
}
