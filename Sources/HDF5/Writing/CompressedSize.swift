internal import CZlib

/// What values take in an artifact, before it is written.
public enum CompressedSize {
  /// The bytes that a compressed dataset of these values takes: chunk by chunk shuffled, deflated and
  /// summed, as the library does it.
  ///
  /// - Parameter values: The values, all of them or enough to stand for all.
  /// - Returns: The size of the chunks, without what HDF5 keeps of the dataset itself.
  public static func of<Element: FixedWidthInteger>(_ values: [Element]) -> Int {
    let size = Element.bitWidth / 8
    let perChunk = ArtifactFormat.chunkBytes / size
    return stride(from: 0, to: values.count, by: perChunk).reduce(0) { total, start in
      let chunk = values[start...].prefix(perChunk)
      // The first bytes of all values, then their second bytes, and so on.
      let shuffled = (0..<size).flatMap { byte in
        chunk.map { UInt8(truncatingIfNeeded: $0 >> (8 * byte)) }
      }
      return total + deflated(shuffled) + 4
    }
  }

  private static func deflated(_ bytes: [UInt8]) -> Int {
    var written = compressBound(uLong(bytes.count))
    let room = Int(written)
    var status = Z_OK
    _ = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, initializedCount in
      status = unsafe compress2(
        buffer.baseAddress, &written, bytes, uLong(bytes.count), DatasetCreation.deflateLevel)
      initializedCount = status == Z_OK ? Int(written) : 0
    }
    return status == Z_OK ? Int(written) : bytes.count
  }
}
