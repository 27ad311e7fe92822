import CZlib
import CZstd

/// What the libraries themselves pack.
public enum Packed {
  /// `bytes` as one gzip member.
  public static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = unsafe z_stream()
    unsafe deflateInit2_(
      &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    defer { unsafe _ = deflateEnd(&stream) }
    var (source, result) = (bytes, [UInt8](repeating: 0, count: bytes.count + 1000))
    let room = UInt32(result.count)
    unsafe source.withUnsafeMutableBufferPointer { input in
      unsafe result.withUnsafeMutableBufferPointer { output in
        unsafe stream.next_in = input.baseAddress
        unsafe stream.avail_in = UInt32(input.count)
        unsafe stream.next_out = output.baseAddress
        unsafe stream.avail_out = room
        unsafe _ = deflate(&stream, Z_FINISH)
      }
    }
    return unsafe Array(result.prefix(Int(room - stream.avail_out)))
  }

  /// `bytes` as one zstd frame with a checksum.
  public static func zstd(_ bytes: [UInt8]) -> [UInt8] {
    let context = unsafe ZSTD_createCCtx()
    defer { unsafe _ = ZSTD_freeCCtx(context) }
    unsafe _ = ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    var result = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
    let size = unsafe ZSTD_compress2(context, &result, result.count, bytes, bytes.count)
    return Array(result.prefix(size))
  }
}
