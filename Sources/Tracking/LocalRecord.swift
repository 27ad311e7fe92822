internal import Files
internal import Foundation
internal import Synchronization

/// The metrics of a workspace: one JSON line per record, appended to `metrics.jsonl`.
///
/// Every record is with the system when `record` returns, so killing the process loses none; ends of
/// stages are made durable against a power cut. A line torn by a full disk or a power cut is cut off
/// at the next start. What a stage does again is dropped (`drop`), so that the file is in the end that
/// of a run that was never stopped.
public final class LocalRecord: Tracker {
  /// The file.
  public let path: String
  private let state: Mutex<State>

  private struct State {
    var handle: FileHandle
    var failure: (any Error)?
  }

  /// Opens the file, creating it if it is missing.
  ///
  /// - Throws: `TrackingError` or `FileError` if it cannot be created, read or written.
  public init(_ path: String) throws {
    self.path = path
    if !fileExists(path) { try AtomicFile.write([], to: path) }
    state = Mutex(State(handle: try Self.open(path)))
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

  /// The first failure to write, nil while all is well; later records may be lost then.
  public var failure: String? { state.withLock { $0.failure.map { "\($0)" } } }

  /// Appends a record.
  public func record(_ record: MetricRecord) {
    state.withLock { state in
      do {
        try state.handle.write(contentsOf: Data(try record.json.encoded() + [0x0A]))
        if [.finished, .interrupted, .failed].contains(record.event) {
          try state.handle.synchronize()
        }
      } catch {
        if state.failure == nil { state.failure = error }
      }
    }
  }

  /// Drops the records that `isOvertaken` says no longer hold: the file is replaced by one without
  /// them, whole or not at all; where there are none it is left alone.
  public func drop(where isOvertaken: (MetricRecord) -> Bool) {
    state.withLock { state in
      do {
        let reader = try LineReader(path)
        var kept: [UInt8] = []
        var dropped = 0
        while let (number, text) = try reader.next() {
          let line = "\(path):\(number)"
          let record = try MetricRecord(
            json: StrictJSON.parse(Array(text.utf8), path: line), line)
          if isOvertaken(record) { dropped += 1 } else { kept += text.utf8 + [0x0A] }
        }
        guard dropped > 0 else { return }
        try AtomicFile.write(kept, to: path)
        state.handle = try Self.open(path)
      } catch {
        if state.failure == nil { state.failure = error }
      }
    }
  }

  /// All records of the file at `path` in their order, without a torn last line; none if it is
  /// missing.
  ///
  /// - Throws: `TrackingError` naming the line that is no record, `FileError` if the file cannot be
  ///   read.
  public static func read(_ path: String) throws -> [MetricRecord] {
    guard fileExists(path) else { return [] }
    let reader = try LineReader(path)
    var records: [MetricRecord] = []
    var torn: TrackingError?
    while let (number, text) = try reader.next() {
      if let torn { throw torn }
      do {
        let line = "\(path):\(number)"
        records.append(try MetricRecord(json: StrictJSON.parse(Array(text.utf8), path: line), line))
      } catch {
        // Fine if nothing follows: the process was stopped while it wrote.
        torn = TrackingError(path: "\(path):\(number)", reason: "not a metric record: \(error)")
      }
    }
    return records
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
