internal import Files
internal import Foundation

/// The metrics of a workspace: one JSON line per record, appended to `metrics.jsonl`.
///
/// Every record is with the system when `append` returns, so killing the process loses none; ends of
/// stages are made durable against a power cut. A line torn by a full disk or a power cut is cut off
/// at the next start. What a stage does again is dropped (`drop`), so that the file is in the end that
/// of a run that was never stopped.
final class MetricFile {
  private let path: String
  private var handle: FileHandle

  /// Opens the file, creating it if it is missing.
  ///
  /// - Throws: `TrackingError` or `FileError` if it cannot be created, read or written.
  init(_ path: String) throws {
    self.path = path
    if !fileExists(path) { try AtomicFile.write([], to: path) }
    handle = try Self.open(path)
  }

  private static func open(_ path: String) throws -> FileHandle {
    guard let handle = FileHandle(forUpdatingAtPath: path) else {
      throw TrackingError(path: path, reason: "cannot be opened for appending")
    }
    do {
      try Self.cutTornLine(handle)
      try handle.seekToEnd()
    } catch {
      throw FileError("cannot be read", path: path, code: systemCode(of: error))
    }
    return handle
  }

  /// Appends a record.
  ///
  /// - Throws: `FileError` where it cannot be written; later records may be lost then.
  func append(_ record: MetricRecord) throws {
    let line = Data(try record.json.encoded() + [0x0A])
    do {
      try handle.write(contentsOf: line)
      if record.event == .finished { try handle.synchronize() }
    } catch {
      throw FileError("cannot be written", path: path, code: systemCode(of: error))
    }
  }

  /// What becomes of a record when a stage begins again.
  enum Fate {
    /// It stays.
    case stays
    /// It is about to be made again.
    case goes
    /// It belongs into another file.
    case moves(to: String)
  }

  /// Drops the records that `isOvertaken` says no longer hold: the file is replaced by one without
  /// them, whole or not at all; where there are none it is left alone.
  ///
  /// - Throws: `TrackingError` naming the line that is no record; `FileError`.
  func drop(where isOvertaken: (MetricRecord) -> Bool) throws {
    try sort { isOvertaken($0) ? .goes : .stays }
  }

  /// Lets every record go where it belongs.
  ///
  /// What moves is in its place, whole, before it is taken out of this file: a kill in between leaves it
  /// in both.
  ///
  /// - Parameters:
  ///   - added: Lines to put at the end.
  ///   - fate: What becomes of a record.
  /// - Throws: `TrackingError` naming the line that is no record; `FileError`.
  func sort(adding added: [UInt8] = [], _ fate: (MetricRecord) -> Fate) throws {
    let reader = try LineReader(path)
    var kept: [UInt8] = []
    var moved: [String: [UInt8]] = [:]
    var dropped = 0
    while let (number, text) = try reader.next() {
      let record = try MetricRecord(line: text, at: "\(path):\(number)")
      switch fate(record) {
      case .stays: kept += text.utf8 + [0x0A]
      case .goes: dropped += 1
      case .moves(let place): moved[place, default: []] += text.utf8 + [0x0A]
      }
    }
    guard dropped > 0 || !moved.isEmpty || !added.isEmpty else { return }
    for place in moved.keys.sorted() {
      try ensureDirectory(splitPath(place).folder)
      try AtomicFile.write(moved[place] ?? [], to: place)
    }
    try AtomicFile.write(kept + added, to: path)
    handle = try Self.open(path)
  }

  private static func cutTornLine(_ handle: FileHandle) throws {
    let size = try handle.seekToEnd()
    var end = size
    while end > 0 {
      let start = end > 4_096 ? end - 4_096 : 0
      try handle.seek(toOffset: start)
      let piece = try handle.read(upToCount: Int(end - start)) ?? Data()
      if let newline = piece.lastIndex(of: 0x0A) {
        let whole = start + UInt64(newline - piece.startIndex) + 1
        if whole < size { try handle.truncate(atOffset: whole) }
        return
      }
      end = start
    }
    if size > 0 { try handle.truncate(atOffset: 0) }
  }
}
