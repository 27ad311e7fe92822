/// Cuts normalised text into words at whitespace and around each punctuation character, as
/// `BertPreTokenizer` of Hugging Face `tokenizers` does.
struct BertPreTokenizer: Sendable {
  static let type = "BertPreTokenizer"

  private enum Kind: UInt8 {
    case letter
    case whitespace
    case punctuation
  }

  let table: CharacterTable
  private let ascii: [Kind]

  init(table: CharacterTable) {
    self.table = table
    ascii = (0..<UInt32(128)).map { Self.kind(table[$0]) }
  }

  /// The next word at or after `index`, which moves behind it; nil at the end.
  @inline(__always)
  func nextWord(in bytes: Span<UInt8>, _ index: inout Int, before end: Int) -> Range<Int>? {
    while index < end {
      let (kind, length) = kind(bytes, at: index)
      let start = index
      index += length
      switch kind {
      case .whitespace: continue
      case .punctuation: return start..<index
      case .letter:
        while index < end {
          let (kind, length) = self.kind(bytes, at: index)
          if kind != .letter { break }
          index += length
        }
        return start..<index
      }
    }
    return nil
  }

  @inline(__always)
  private func kind(_ bytes: Span<UInt8>, at index: Int) -> (Kind, length: Int) {
    let byte = bytes[index]
    if byte < 0x80 { return (ascii[Int(byte)], 1) }
    let (scalar, length) = decodeScalar(bytes, at: index)
    return (Self.kind(table[scalar]), length)
  }

  private static func kind(_ entry: CharacterTable.Entry) -> Kind {
    if entry.has(CharacterTable.Entry.whitespace) { return .whitespace }
    return entry.has(CharacterTable.Entry.punctuation) ? .punctuation : .letter
  }
}
