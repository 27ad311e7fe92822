/// What the reference tokenizer takes each Unicode scalar for.
///
/// The Hugging Face library carries tables of several Unicode versions, none of them Swift's: newer
/// code points pass as ordinary letters, newer marks are not stripped. The ranges in the
/// `UnicodeTables+*.swift` files were therefore taken from its behaviour, scalar by scalar
/// (`Tests/Oracles/unicode_tables.py`). Where a comment names no other layout, a table is a list of
/// first and last scalars.
enum UnicodeTables {
  /// Precomposed Hangul syllables, which decompose by arithmetic (Unicode Standard 3.12).
  static let hangulSyllables: ClosedRange<UInt32> = 0xAC00...0xD7A3

  /// Leading consonant, vowel and, where there is one, trailing consonant of a Hangul syllable.
  static func hangulDecomposition(_ syllable: UInt32) -> [UInt32] {
    let index = syllable - hangulSyllables.lowerBound
    let (leading, vowel, trailing) = (index / 588, index % 588 / 28, index % 28)
    let pair = [0x1100 + leading, 0x1161 + vowel]
    return trailing == 0 ? pair : pair + [0x11A7 + trailing]
  }

  /// The canonical combining class of a mark, which says how marks are ordered.
  ///
  /// Unlike the rest it never changes once a scalar has one, so it need not come from a table.
  static func combiningClass(_ mark: UInt32) -> UInt32 {
    // Three Tibetan vowels have none, but decompose into marks, of which U+0F71 comes first.
    if [0xF73, 0xF75, 0xF81].contains(mark) { return 129 }
    let properties = Unicode.Scalar(mark)?.properties
    return properties.map { UInt32($0.canonicalCombiningClass.rawValue) } ?? 0
  }

  /// The ranges of a table of first and last scalars.
  static func ranges(_ table: [UInt32]) -> [ClosedRange<Int>] {
    stride(from: 0, to: table.count, by: 2).map { Int(table[$0])...Int(table[$0 + 1]) }
  }

  /// Lower case of every scalar that has one of one scalar.
  static func lowercaseMapping() -> [UInt32: UInt32] {
    var mapping: [UInt32: UInt32] = [:]
    for row in stride(from: 0, to: lowercase.count, by: 4) {
      for scalar in stride(
        from: lowercase[row], through: lowercase[row + 1], by: Int(lowercase[row + 2]))
      {
        mapping[scalar] = lowercase[row + 3] + (scalar - lowercase[row])
      }
    }
    return mapping
  }
}
