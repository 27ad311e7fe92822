public import HDF5

/// Strings as one run of UTF-8 bytes and the offsets of their starts: the flat form in which
/// artifacts store text, since HDF5's variable-length strings are slow and unsafe to read.
public struct PackedStrings {
  /// All strings, one after the other.
  public private(set) var bytes: [UInt8] = []
  /// Start of each string in `bytes`, and the end of the last: `count + 1` entries.
  public private(set) var offsets: [Int64] = [0]

  /// Packs strings.
  public init(_ strings: some Sequence<String>) {
    for string in strings {
      bytes.append(contentsOf: string.utf8)
      offsets.append(Int64(bytes.count))
    }
  }

  /// Reads the group's `bytes` and `offsets`.
  ///
  /// - Throws: `ArtifactError` when offsets fall or leave the bytes.
  public init(_ reader: ArtifactReader, group: String) throws {
    bytes = try reader.bytes(group + "/bytes")
    offsets = try reader.int64s(group + "/offsets")
    guard isRising else {
      throw ArtifactError.badData(
        reader.path, "offsets of '\(group)' do not fit its bytes", cure: "make the artifact again")
    }
  }

  /// Puts together what was stored apart; nil when offsets fall or leave the bytes.
  public init?(bytes: [UInt8], offsets: [Int64]) {
    self.bytes = bytes
    self.offsets = offsets
    guard isRising else { return nil }
  }

  /// Whether the offsets rise from the first byte to the last.
  private var isRising: Bool {
    offsets.first == 0 && offsets.last == Int64(bytes.count)
      && zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }
  }

  /// Number of strings.
  public var count: Int { offsets.count - 1 }

  /// The strings themselves.
  public func strings() -> [String] {
    (0..<count).map {
      String(decoding: bytes[Int(offsets[$0])..<Int(offsets[$0 + 1])], as: UTF8.self)
    }
  }
}
