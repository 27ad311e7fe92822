/// Takes bytes, and little-endian numbers, off the front of a block.
struct ByteCursor {
  /// The block.
  let bytes: [UInt8]
  /// Where the next byte is.
  private(set) var place = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The next bytes; nil where there are not so many.
  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= bytes.count - place else { return nil }
    defer { place += count }
    return bytes[place...].prefix(max(0, count))
  }

  /// The next number of at most eight bytes; nil where the block ends or the number is none of `Int`.
  mutating func number(_ size: Int) -> Int? {
    take(size).flatMap { bytes in
      Int(exactly: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
  }

  /// The bytes up to the next line feed, which is taken too.
  mutating func line(limit: Int) -> ArraySlice<UInt8>? {
    guard let end = bytes[place...].prefix(limit).firstIndex(of: 0x0A) else { return nil }
    let line = take(end - place)
    place += 1
    return line
  }
}
