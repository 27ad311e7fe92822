/// The bytes of an open file or pipe from its beginning on, unpacked where gzip or zstd packed them.
///
/// Which of them did, its first bytes say and not its name. It keeps one piece of the file and what
/// the packer looks back to, however much comes out: who reads decides how much that may be.
final class UnpackedBytes {
  private static let pieceSize = 1 << 16

  /// Whether something packed the bytes; false before the first were read.
  var isPacked: Bool { unpacker != nil }

  private let descriptor: Descriptor
  private var unpacker: (any Unpacker)?
  private var hasBegun = false
  /// Bytes of the file that were not handed over or unpacked yet.
  private var ahead = ReadAhead()

  init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

  /// Fills the beginning of `output`, which is not empty; 0 at the end.
  ///
  /// - Throws: `FileError` if the device fails, or packed bytes are damaged or cut short; what
  ///   `LongReading` asks.
  func read(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    // Little may become much: it is asked before every piece of what comes out.
    try LongReading.check()
    if !hasBegun { try begin() }
    guard let unpacker else {
      guard !ahead.rest.isEmpty else { return unsafe try descriptor.read(into: output) }
      let count = min(output.count, ahead.rest.count)
      unsafe ahead.rest.prefix(count).withUnsafeBytes { unsafe output.copyMemory(from: $0) }
      ahead.consume(count)
      return count
    }
    while true {
      if ahead.rest.isEmpty { try readPiece() }
      let step = try reporting {
        try unsafe ahead.rest.withUnsafeBytes {
          unsafe try unpacker.unpack($0, into: output)
        }
      }
      ahead.consume(step.taken)
      if step.written > 0 { return step.written }
      guard step.taken == 0 else { continue }
      guard ahead.rest.isEmpty else { throw stuck() }
      guard ahead.isAtEnd else { continue }
      guard unpacker.mayEnd else {
        throw fault(
          "is cut short: its \(unpacker.format) data ends at byte \(ahead.offset) before its "
            + "end; fetch or copy the file again")
      }
      return 0
    }
  }

  /// Reads as much as tells how the bytes are packed.
  private func begin() throws {
    hasBegun = true
    // A pipe may deliver them one by one.
    repeat {
      try readPiece()
    } while !ahead.isAtEnd
      && Packing.allCases.contains {
        $0.begins(ahead.rest) && ahead.rest.count < $0.beginning.count
      }
    let packing = Packing.allCases.first {
      $0.begins(ahead.rest) && ahead.rest.count >= $0.beginning.count
    }
    unpacker = try reporting { () throws(PackedFault) in try packing?.unpacker() }
  }

  /// Replaces what was handed over by the next piece of the file.
  private func readPiece() throws {
    guard !ahead.isAtEnd else { return }
    try LongReading.check()
    unsafe try ahead.fill(Self.pieceSize) { unsafe try descriptor.read(into: $0) }
  }

  /// What `body` gives; what it finds wrong is told with the file and the byte.
  private func reporting<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let found as PackedFault {
      let format = unpacker?.format ?? "packed"
      switch found {
      case .damaged(let how):
        throw damage(format, how)
      case .trailing:
        throw fault(
          "goes on at byte \(ahead.offset) with something other than \(format) data; fetch or "
            + "copy the file again, or cut it there")
      case .refused(let why): throw fault("its \(format) data \(why)")
      case .noMemory:
        throw FileError(
          .tooLarge, path: descriptor.path, detail: "no memory is left to unpack it in")
      }
    }
  }

  /// For bytes that an unpacker neither takes nor refuses.
  private func stuck() -> FileError { damage(unpacker?.format ?? "packed", "nothing comes of it") }

  private func damage(_ format: String, _ how: String) -> FileError {
    fault(
      "is damaged: its \(format) data is wrong about byte \(ahead.offset) (\(how)); fetch or copy "
        + "the file again")
  }

  private func fault(_ detail: String) -> FileError {
    FileError(.damaged, path: descriptor.path, detail: detail)
  }
}
