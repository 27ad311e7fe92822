/// Cleans text, sets ideographs apart, strips accents and lower-cases, in this order, as
/// `BertNormalizer` of Hugging Face `tokenizers` does.
///
/// Stripping accents is canonical decomposition (NFD, with its reordering of marks) less the
/// nonspacing marks. All of it but the reordering is a function of the single scalar.
public struct BertNormalizer: Sendable {
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
      case .remove, .removeMark, .removeFixedMark: return Self.removedByte
      case .space: return 0x20
      case .keep, .sequence, .decomposeHangul: return UInt8(truncatingIfNeeded: byte)
      }
    }
  }

  /// The normal form of a text, in UTF-8.
  func normalize(_ text: String) -> [UInt8] {
    let bytes = text.utf8Span.span
    var form = PlainForm(byteCount: bytes.count)
    normalize(bytes, 0..<bytes.count, into: &form)
    return form.bytes
  }

  /// Appends the normal form of `bytes[range]` to `form`.
  func normalize<Form: NormalForm>(
    _ bytes: Span<UInt8>, _ range: Range<Int>, into form: inout Form
  ) {
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = bytes[index]
      if byte < 0x80 {
        let result = ascii[Int(byte)]
        if result != Self.removedByte { form.append(result, from: index..<index + 1) }
        index += 1
      } else {
        index = normalizeRun(bytes, index..<range.upperBound, into: &form)
      }
    }
  }

  /// Normalises the scalars beyond ASCII at the start of the range; returns where they end.
  private func normalizeRun<Form: NormalForm>(
    _ bytes: Span<UInt8>, _ range: Range<Int>, into form: inout Form
  ) -> Int {
    var index = range.lowerBound
    var marks = WaitingMarks()
    // Marks are ordered across what vanishes before them; other ASCII is made of starters.
    while index < range.upperBound,
      bytes[index] >= 0x80 || ascii[Int(bytes[index])] == Self.removedByte
    {
      let (scalar, length) = decodeScalar(bytes, at: index)
      let source = index..<index + length
      index += length
      let entry = table[scalar]
      let isIdeograph = entry.has(CharacterTable.Entry.ideograph)
      if isIdeograph {
        marks.flush(into: &form)
        form.append(0x20, from: source)
      }
      switch entry.action {
      case .keep:
        marks.flush(into: &form)
        form.append(scalar: scalar, from: source)
      case .replace:
        marks.flush(into: &form)
        form.append(scalar: entry.operand, from: source)
      case .remove: break
      case .removeMark:
        if Form.isTraced {
          let combiningClass = UnicodeTables.combiningClass(scalar)
          marks.append(nil, combiningClass: combiningClass, from: source)
        }
      case .removeFixedMark: marks.flush(into: &form)
      case .space:
        marks.flush(into: &form)
        form.append(0x20, from: source)
      case .sequence:
        for (place, element) in table.sequences[Int(entry.operand)].enumerated() {
          if element.combiningClass == 0 {
            marks.flush(into: &form)
            form.append(scalar: element.scalar, from: source)
          } else {
            marks.append(
              element.scalar, combiningClass: element.combiningClass, isInserted: place > 0,
              from: source)
          }
        }
      case .decomposeHangul:
        marks.flush(into: &form)
        for part in UnicodeTables.hangulDecomposition(scalar) {
          form.append(scalar: part, from: source)
        }
      }
      if isIdeograph { form.append(0x20, from: source) }
    }
    marks.flush(into: &form)
    return index
  }
}
