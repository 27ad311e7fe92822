/// How the bytes of a file were packed, by what they begin with: no UTF-8 text begins so.
package enum Packing: CaseIterable {
  case gzip
  case zstd
  /// Zstd's frame of what is no data, with which some packers begin.
  case skippableZstd

  /// The endings that packers give the names of files.
  package static let endings = ["gz", "gzip", "zst", "zstd"]
  /// Endings of what is packed otherwise.
  package static let foreignEndings = ["bz2", "xz", "lz4", "zip", "7z", "rar", "lzma"]

  /// The first bytes; of a skippable frame the first is the least of sixteen.
  var beginning: [UInt8] {
    switch self {
    case .gzip: [0x1F, 0x8B]
    case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
    case .skippableZstd: [0x50, 0x2A, 0x4D, 0x18]
    }
  }

  /// Whether `bytes` are what it begins with, as far as they go.
  func begins(_ bytes: some Collection<UInt8>) -> Bool {
    zip(bytes, beginning).enumerated().allSatisfy { place, pair in
      let isOneOfMany = self == .skippableZstd && place == 0
      return (isOneOfMany ? pair.0 & 0xF0 : pair.0) == pair.1
    }
  }

  /// What undoes it.
  func unpacker() throws(PackedFault) -> any Unpacker {
    switch self {
    case .gzip: try GzipUnpacker()
    case .zstd, .skippableZstd: try ZstdUnpacker()
    }
  }
}
