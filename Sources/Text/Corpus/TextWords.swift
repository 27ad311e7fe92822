/// The words of a text as numbers: runs of letters and digits, case aside, by a 64-bit hash each.
///
/// Two texts that differ in case, spaces or punctuation alone have the same ones.
struct TextWords {
  /// A hash of each word, in order.
  private(set) var hashes: [UInt64] = []

  init(_ text: String) {
    let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
    var word = Hash64()
    if isASCII {
      for byte in text.utf8 {
        switch byte {
        case 0x61...0x7A, 0x30...0x39: word.add(byte)
        case 0x41...0x5A: word.add(byte | 0x20)
        default: finish(&word)
        }
      }
    } else {
      for scalar in text.lowercased().unicodeScalars {
        if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
          for byte in String(scalar).utf8 { word.add(byte) }
        } else {
          finish(&word)
        }
      }
    }
    finish(&word)
  }

  /// A hash of all words together.
  var whole: UInt64 { Self.combined(hashes[...]) }

  /// A hash of each run of `length` words; of all words where there are fewer, none where there is none.
  func runs(of length: Int) -> [UInt64] {
    if hashes.isEmpty { return [] }
    if hashes.count <= length { return [whole] }
    return (0...hashes.count - length).map { Self.combined(hashes[$0..<$0 + length]) }
  }

  private mutating func finish(_ word: inout Hash64) {
    guard !word.isEmpty else { return }
    hashes.append(word.value)
    word = Hash64()
  }

  private static func combined(_ words: ArraySlice<UInt64>) -> UInt64 {
    words.reduce(UInt64(words.count)) { Hash64.mix($0 ^ $1) }
  }
}

/// A 64-bit hash of bytes: FNV-1a, its bits mixed at the end.
///
/// It is not made against people who look for texts of the same hash.
struct Hash64 {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325
  private(set) var isEmpty = true

  /// Takes a byte.
  mutating func add(_ byte: UInt8) {
    state = (state ^ UInt64(byte)) &* 0x0100_0000_01B3
    isEmpty = false
  }

  /// The hash of the bytes so far.
  var value: UInt64 { Self.mix(state) }

  /// A bijection that mixes all bits (the finaliser of MurmurHash3).
  static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 33)) &* 0xFF51_AFD7_ED55_8CCD
    mixed = (mixed ^ (mixed >> 33)) &* 0xC4CE_B9FE_1A85_EC53
    return mixed ^ (mixed >> 33)
  }
}
