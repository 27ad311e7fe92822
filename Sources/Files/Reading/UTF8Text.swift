/// What UTF-8 allows.
enum UTF8Text {
  /// The byte order mark some editors put at the start of a file.
  static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// What text may be that is not UTF-8, and how to convert it.
  static func conversion(of encoding: String) -> String {
    "but perhaps \(encoding); convert it: iconv -f \(encoding) -t UTF-8 FILE > NEW"
  }

  /// The index of the first byte that does not belong to well-formed UTF-8 (the Unicode Standard,
  /// table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF); nil if all is well.
  static func firstInvalidByte(in bytes: ArraySlice<UInt8>) -> Int? {
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let first = bytes[index]
      if first < 0x80 {
        index += 1
        continue
      }
      let length: Int
      var second: ClosedRange<UInt8> = 0x80...0xBF
      switch first {
      case 0xC2...0xDF: length = 2
      case 0xE0: (length, second) = (3, 0xA0...0xBF)
      case 0xED: (length, second) = (3, 0x80...0x9F)
      case 0xE1...0xEF: length = 3
      case 0xF0: (length, second) = (4, 0x90...0xBF)
      case 0xF4: (length, second) = (4, 0x80...0x8F)
      case 0xF1...0xF3: length = 4
      default: return index
      }
      for place in 1..<length {
        let next = index + place
        let allowed = place == 1 ? second : 0x80...0xBF
        guard next < bytes.endIndex, allowed.contains(bytes[next]) else { return index }
      }
      index += length
    }
    return nil
  }
}
