internal import Files

/// Follows a file of metric records: gives what was added since it was asked last, piece by piece.
///
/// A file that was replaced by another is read from its beginning again; a last line that is just being
/// written waits.
struct RecordTail {
  let path: String
  /// The file that was read last.
  ///
  /// It stays open: the number of a file that is gone may be another's at once, and what that one has would be
  /// taken for read.
  private var known: RegularFile?
  private var offset = 0
  private var line = 0
  /// Where the last piece began.
  private var mark = (offset: 0, line: 0)

  private static let piece = 1 << 18
  private static let lineLimit = 1 << 24

  init(_ path: String) { self.path = path }

  /// Forgets that the last piece was given: it comes again.
  mutating func goBack() { (offset, line) = mark }

  /// The next records; empty where there are no more for now.
  ///
  /// - Throws: `FileError` or `TrackingError` naming the line where the file is damaged.
  mutating func next() throws -> [MetricRecord] {
    guard fileExists(path) else { return [] }
    let file = try RegularFile(path)
    let isKnown = known.map {
      $0.signature.inode == file.signature.inode && $0.signature.device == file.signature.device
    }
    if isKnown != true || file.size < offset { (offset, line) = (0, 0) }
    known = file
    mark = (offset, line)
    var wanted = Self.piece
    while true {
      let count = min(wanted, max(0, file.size - offset))
      let bytes = try file.read(at: offset, count: count, as: UInt8.self)
      if let end = bytes.lastIndex(of: 0x0A) {
        return try records(bytes[...end])
      }
      guard count == wanted else { return [] }
      wanted *= 4
      guard wanted <= Self.lineLimit else {
        throw TrackingError(path: "\(path):\(line + 1)", reason: "the line has no end")
      }
    }
  }

  private mutating func records(_ bytes: ArraySlice<UInt8>) throws -> [MetricRecord] {
    var records: [MetricRecord] = []
    var number = line
    for text in bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false) {
      number += 1
      let place = "\(path):\(number)"
      guard let text = String(validating: text, as: UTF8.self) else {
        throw TrackingError(path: place, reason: "is not valid UTF-8")
      }
      records.append(try MetricRecord(line: text, at: place))
    }
    offset += bytes.count
    line = number
    return records
  }
}
