internal import CZstd

/// Undoes zstd: one frame after the other, each with its checksum where it has one.
///
/// A frame says how far back it looks; that much is kept, and 128 MiB at most, which is what `zstd -d`
/// allows too.
@safe final class ZstdUnpacker: Unpacker {
  /// The furthest that a frame may look back, as a power of two.
  static let windowLimit: Int32 = 27

  let format = "zstd"
  private(set) var mayEnd = false
  private let stream: OpaquePointer

  init() throws(PackedFault) {
    guard let made = unsafe ZSTD_createDStream() else { throw .noMemory }
    unsafe stream = made
    unsafe _ = ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Self.windowLimit)
  }

  deinit { unsafe _ = ZSTD_freeDStream(stream) }

  func unpack(
    _ packed: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(PackedFault) -> (taken: Int, written: Int) {
    // Asked for more between two frames, zstd would begin one.
    if unsafe mayEnd && packed.isEmpty { return (0, 0) }
    let isBetweenFrames = mayEnd
    var source = unsafe ZSTD_inBuffer(src: packed.baseAddress, size: packed.count, pos: 0)
    var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let status = unsafe ZSTD_decompressStream(stream, &target, &source)
    if ZSTD_isError(status) != 0 {
      switch ZSTD_getErrorCode(status) {
      case ZSTD_error_frameParameter_windowTooLarge:
        throw .refused(
          "looks back further than \(1 << (Self.windowLimit - 20)) MiB; pack it again with a smaller "
            + "window: zstd -d --long=31 -c FILE | zstd -o NEW")
      case ZSTD_error_dictionary_wrong, ZSTD_error_dictionary_corrupted:
        throw .refused("needs the dictionary that packed it; pack it again without one")
      case ZSTD_error_memory_allocation: throw .noMemory
      case ZSTD_error_prefix_unknown where isBetweenFrames: throw .trailing
      default: throw .damaged(unsafe String(cString: ZSTD_getErrorName(status)))
      }
    }
    mayEnd = status == 0
    return unsafe (source.pos, target.pos)
  }
}
