/// Cleans text, sets ideographs apart, strips accents and lower-cases, in this order, as
/// `BertNormalizer` of Hugging Face `tokenizers` does.
///
/// Stripping accents is canonical decomposition (NFD, with its reordering of marks) less the
/// nonspacing marks. All of it but the reordering is a function of the single scalar.
struct BertNormalizer: Sendable {
  let table: CharacterTable
  /// What becomes of each ASCII byte; `removedByte` for nothing.
  private let ascii: [UInt8]

  private static let removedByte: UInt8 = 0xFF

  init(table: CharacterTable) {
    self.table = table
    ascii = (0..<UInt32(128)).map { byte in
      let entry = table[byte]
      switch entry.action {
      case .replace: return UInt8(truncatingIfNeeded: entry.operand)
      case .remove, .removeFixedMark: return Self.removedByte
      case .space: return 0x20
      case .keep, .sequence, .decomposeHangul: return UInt8(truncatingIfNeeded: byte)
      }
    }
  }

  /// The normal form of a text, in UTF-8.
  func normalize(_ text: String) -> [UInt8] {
    let bytes = text.utf8Span.span
    var output: [UInt8] = []
    normalize(bytes, 0..<bytes.count, into: &output)
    return output
  }

  /// Appends the normal form of `bytes[range]`, in UTF-8, to `output`.
  func normalize(_ bytes: Span<UInt8>, _ range: Range<Int>, into output: inout [UInt8]) {
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = bytes[index]
      if byte < 0x80 {
        let result = ascii[Int(byte)]
        if result != Self.removedByte { output.append(result) }
        index += 1
      } else {
        index = normalizeRun(bytes, index..<range.upperBound, into: &output)
      }
    }
  }

  /// Normalises the scalars beyond ASCII at the start of the range; returns where they end.
  private func normalizeRun(
    _ bytes: Span<UInt8>, _ range: Range<Int>, into output: inout [UInt8]
  ) -> Int {
    var index = range.lowerBound
    var marks: [CharacterTable.OrderedScalar] = []
    while index < range.upperBound, bytes[index] >= 0x80 {
      let (scalar, length) = decodeScalar(bytes, at: index)
      index += length
      let entry = table[scalar]
      if entry.isUnchanged {
        flush(&marks, into: &output)
        for place in index - length..<index { output.append(bytes[place]) }
        continue
      }
      let isIdeograph = entry.has(CharacterTable.Entry.ideograph)
      if isIdeograph {
        flush(&marks, into: &output)
        output.append(0x20)
      }
      switch entry.action {
      case .keep: appendScalar(scalar, to: &output)
      case .replace:
        flush(&marks, into: &output)
        appendScalar(entry.operand, to: &output)
      case .remove: break
      case .removeFixedMark: flush(&marks, into: &output)
      case .space:
        flush(&marks, into: &output)
        output.append(0x20)
      case .sequence:
        for element in table.sequences[Int(entry.operand)] {
          if element.rank == 0 {
            flush(&marks, into: &output)
            appendScalar(element.scalar, to: &output)
          } else {
            marks.append(element)
          }
        }
      case .decomposeHangul:
        flush(&marks, into: &output)
        for part in UnicodeTables.hangulDecomposition(scalar) { appendScalar(part, to: &output) }
      }
      if isIdeograph { output.append(0x20) }
    }
    // ASCII is made of starters, so no mark waits beyond the run.
    flush(&marks, into: &output)
    return index
  }

  /// Appends the waiting marks in canonical order: by combining class, equal ones as they came.
  private func flush(_ marks: inout [CharacterTable.OrderedScalar], into output: inout [UInt8]) {
    if marks.isEmpty { return }
    if marks.count > 1 {
      let ordered = marks.enumerated().sorted {
        ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset)
      }
      marks = ordered.map(\.element)
    }
    for mark in marks { appendScalar(mark.scalar, to: &output) }
    marks.removeAll(keepingCapacity: true)
  }
}
