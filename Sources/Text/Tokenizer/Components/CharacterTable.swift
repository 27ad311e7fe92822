/// Everything a tokenizer's settings say about a Unicode scalar, in one lookup.
///
/// Two stages (a page of 256 entries by the scalar's high bits) keep the table small: most of
/// Unicode shares the page of scalars that stay as they are.
struct CharacterTable: Sendable {
  /// What normalisation does with a scalar.
  enum Action: UInt32 {
    case keep
    case replace
    case remove
    /// A mark that vanishes, once it has its place among other marks.
    case removeMark
    /// A mark that vanishes, but that other marks are not ordered across.
    case removeFixedMark
    case space
    /// Becomes, or takes part in the canonical ordering as, the entry's sequence.
    case sequence
    case decomposeHangul
  }

  /// One scalar's entry: an action with its operand, and the classes splitting asks for.
  struct Entry {
    var bits: UInt32 = 0

    static let ideograph: UInt32 = 1 << 28
    static let whitespace: UInt32 = 1 << 29
    static let punctuation: UInt32 = 1 << 30
    static let wordCharacter: UInt32 = 1 << 31

    /// The scalar put in its place, or the number of the sequence.
    var operand: UInt32 { bits & 0x1F_FFFF }
    var action: Action { Action(rawValue: bits >> 21 & 7) ?? .keep }
    func has(_ flag: UInt32) -> Bool { bits & flag != 0 }
  }

  /// A scalar and its canonical combining class; 0 for a starter.
  struct OrderedScalar {
    var scalar: UInt32
    var combiningClass: UInt32
  }

  private let pageOfBlock: [UInt16]
  private let entries: [UInt32]
  private(set) var sequences: [[OrderedScalar]] = []

  subscript(scalar: UInt32) -> Entry {
    Entry(bits: entries[Int(pageOfBlock[Int(scalar >> 8)]) << 8 | Int(scalar & 0xFF)])
  }

  init(_ settings: BertNormalizer.Settings) {
    var flat = [UInt32](repeating: 0, count: 0x11_0000)
    let lowercase = settings.doLowerCase ? UnicodeTables.lowercaseMapping() : [:]
    func lower(_ scalar: UInt32) -> UInt32 { lowercase[scalar] ?? scalar }
    func set(_ scalar: Int, _ action: Action, _ operand: UInt32 = 0) {
      // Cleaning comes first: what it removed or made a space is past decomposing.
      if flat[scalar] == 0 { flat[scalar] = action.rawValue << 21 | operand }
    }
    func set(_ table: [UInt32], _ action: Action) {
      for range in UnicodeTables.ranges(table) {
        for scalar in range { set(scalar, action) }
      }
    }
    func mark(_ table: [UInt32], _ flag: UInt32) {
      for range in UnicodeTables.ranges(table) {
        for scalar in range { flat[scalar] |= flag }
      }
    }

    if settings.cleanText {
      set(UnicodeTables.removed, .remove)
      set(UnicodeTables.spaces, .space)
    }
    if settings.stripsAccents {
      set(UnicodeTables.fixedMarks, .removeFixedMark)
      set(UnicodeTables.nonspacingMarks, .removeMark)
      for table in [UnicodeTables.decomposition, UnicodeTables.ideographDecomposition] {
        for row in stride(from: 0, to: table.count, by: 2) {
          set(Int(table[row]), .replace, lower(table[row + 1]))
        }
      }
      for syllable in UnicodeTables.hangulSyllables { set(Int(syllable), .decomposeHangul) }
      let movable = Set(UnicodeTables.ranges(UnicodeTables.orderedMarks).joined())
      func ordered(_ scalar: UInt32) -> OrderedScalar {
        OrderedScalar(
          scalar: lower(scalar),
          combiningClass: movable.contains(Int(scalar)) ? UnicodeTables.combiningClass(scalar) : 0)
      }
      for scalar in movable.sorted() {
        set(scalar, .sequence, UInt32(sequences.count))
        sequences.append([ordered(UInt32(scalar))])
      }
      let table = UnicodeTables.longDecomposition
      for row in stride(from: 0, to: table.count, by: 4) {
        set(Int(table[row]), .sequence, UInt32(sequences.count))
        sequences.append(table[row + 1..<row + 4].filter { $0 != 0 }.map(ordered))
      }
    }
    if settings.doLowerCase {
      for (scalar, result) in lowercase { set(Int(scalar), .replace, result) }
      // The one scalar whose lower case is two: I with dot above.
      set(0x130, .sequence, UInt32(sequences.count))
      sequences.append([0x69, 0x307].map { OrderedScalar(scalar: $0, combiningClass: 0) })
    }
    if settings.tokenizeChineseChars { mark(UnicodeTables.ideographs, Entry.ideograph) }
    mark(UnicodeTables.whitespace, Entry.whitespace)
    mark(UnicodeTables.punctuation, Entry.punctuation)
    mark(UnicodeTables.wordCharacters, Entry.wordCharacter)

    (pageOfBlock, entries) = Self.paged(flat)
  }

  /// Cuts the table into pages; pages of one and the same entry are stored once.
  private static func paged(_ flat: [UInt32]) -> (pageOfBlock: [UInt16], entries: [UInt32]) {
    var pageOfBlock: [UInt16] = []
    var entries: [UInt32] = []
    var uniformPages: [UInt32: UInt16] = [:]
    for start in stride(from: 0, to: flat.count, by: 256) {
      let block = flat[start..<start + 256]
      let isUniform = block.allSatisfy { $0 == flat[start] }
      if isUniform, let page = uniformPages[flat[start]] {
        pageOfBlock.append(page)
        continue
      }
      let page = UInt16(entries.count >> 8)
      if isUniform { uniformPages[flat[start]] = page }
      pageOfBlock.append(page)
      entries += block
    }
    return (pageOfBlock, entries)
  }
}
