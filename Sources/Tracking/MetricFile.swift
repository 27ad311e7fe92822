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
      throw TrackingError(path: path, reason: "cannot be read: \(error.localizedDescription)")
    }
    return handle
  }

  /// Appends a record.
  ///
  /// - Throws: An error where it cannot be written; later records may be lost then.
  func append(_ record: MetricRecord) throws {
    try handle.write(contentsOf: Data(try record.json.encoded() + [0x0A]))
    if record.event == .finished { try handle.synchronize() }
  }

  /// Drops the records that `isOvertaken` says no longer hold: the file is replaced by one without
  /// them, whole or not at all; where there are none it is left alone.
  ///
  /// - Throws: `TrackingError` naming the line that is no record; `FileError`.
  func drop(where isOvertaken: (MetricRecord) -> Bool) throws {
    let reader = try LineReader(path)
    var kept: [UInt8] = []
    var dropped = 0
    while let (number, text) = try reader.next() {
      let record = try MetricRecord(line: text, at: "\(path):\(number)")
      if isOvertaken(record) { dropped += 1 } else { kept += text.utf8 + [0x0A] }
    }
    guard dropped > 0 else { return }
    try AtomicFile.write(kept, to: path)
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
