/// The normal form of a text while it is made.
protocol NormalForm {
  /// Whether it keeps where its bytes come from.
  static var isTraced: Bool { get }

  /// The text in UTF-8.
  var bytes: [UInt8] { get }

  /// An empty one with room for so many bytes.
  init(byteCount: Int)

  /// Appends an ASCII byte made from the bytes of the text at `source`.
  mutating func append(_ byte: UInt8, from source: Range<Int>)

  /// Appends a scalar made from the bytes of the text at `source`.
  mutating func append(scalar: UInt32, from source: Range<Int>)

  /// Forgets the text.
  mutating func removeAll()
}

/// A normal form that is its bytes alone.
struct PlainForm: NormalForm {
  static let isTraced = false
  private(set) var bytes: [UInt8] = []

  init(byteCount: Int) { bytes.reserveCapacity(byteCount) }

  @inline(__always)
  mutating func append(_ byte: UInt8, from source: Range<Int>) { bytes.append(byte) }

  @inline(__always)
  mutating func append(scalar: UInt32, from source: Range<Int>) { appendScalar(scalar, to: &bytes) }

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
}

/// A normal form that knows for each of its bytes the scalar of the text it was made from.
struct TracedForm: NormalForm {
  static let isTraced = true
  private(set) var bytes: [UInt8] = []
  private var sources: [Range<Int>] = []

  init(byteCount: Int) {
    bytes.reserveCapacity(byteCount)
    sources.reserveCapacity(byteCount)
  }

  mutating func append(_ byte: UInt8, from source: Range<Int>) {
    bytes.append(byte)
    sources.append(source)
  }

  mutating func append(scalar: UInt32, from source: Range<Int>) {
    appendScalar(scalar, to: &bytes)
    sources += repeatElement(source, count: bytes.count - sources.count)
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    sources.removeAll(keepingCapacity: true)
  }

  /// The bytes of the text, from the first to the last, that a stretch of the normal form was made
  /// from.
  func source(of range: Range<Int>) -> Range<Int> {
    sources[range.lowerBound].lowerBound..<sources[range.upperBound - 1].upperBound
  }
}
