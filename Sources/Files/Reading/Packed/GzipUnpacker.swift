internal import CZlib

/// Undoes gzip: one member after the other, as `cat` joins them, each with its checksum.
///
/// It keeps a window of 32 kB. Zeros behind the last member, which tapes leave, are passed over.
@safe final class GzipUnpacker: Unpacker {
  private enum State {
    case inMember
    case betweenMembers
    case inPadding
  }

  /// A window of 2^15 bytes, and 16 for gzip's header and trailer.
  private static let windowBits: Int32 = 15 + 16

  let format = "gzip"
  var mayEnd: Bool { state != .inMember }

  private var state = State.inMember
  /// Where zlib knows it to be: it must not move.
  private let stream: UnsafeMutablePointer<z_stream>

  init() throws(PackedFault) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let status = unsafe inflateInit2_(
      stream, Self.windowBits, ZLIB_VERSION, Int32(clamping: MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      unsafe stream.deallocate()
      throw .noMemory
    }
  }

  deinit {
    unsafe _ = inflateEnd(stream)
    unsafe stream.deallocate()
  }

  func unpack(
    _ packed: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(PackedFault) -> (taken: Int, written: Int) {
    if state != .inMember {
      guard let first = unsafe packed.first else { return (0, 0) }
      if first == 0 {
        state = .inPadding
        return (unsafe packed.prefix { $0 == 0 }.count, 0)
      }
      guard state == .betweenMembers, first == Packing.gzip.beginning.first else {
        throw .trailing
      }
      state = .inMember
    }
    // zlib counts in 32 bits.
    let (available, room) = (min(packed.count, 1 << 30), min(output.count, 1 << 30))
    unsafe stream.pointee.next_in = UnsafeMutablePointer(
      mutating: packed.baseAddress?.assumingMemoryBound(to: UInt8.self))
    unsafe stream.pointee.avail_in = UInt32(truncatingIfNeeded: available)
    unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(truncatingIfNeeded: room)
    let status = unsafe inflate(stream, Z_NO_FLUSH)
    let taken = unsafe available - Int(stream.pointee.avail_in)
    let written = unsafe room - Int(stream.pointee.avail_out)
    switch status {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END:
      unsafe inflateReset(stream)
      state = .betweenMembers
    case Z_MEM_ERROR: throw .noMemory
    default:
      throw unsafe .damaged(
        stream.pointee.msg.map { unsafe String(cString: $0) } ?? "status \(status)")
    }
    return (taken, written)
  }
}
