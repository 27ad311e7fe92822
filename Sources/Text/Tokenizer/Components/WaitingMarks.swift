/// Combining marks that wait for their canonical order: by combining class, equal ones as they came.
///
/// What comes first in this order counts as made from what stood first in the text, as Hugging Face
/// `tokenizers` has it: the places of marks stay while the marks change theirs.
struct WaitingMarks {
  private struct Mark {
    /// Nil for one that vanishes when it has its place.
    let scalar: UInt32?
    let combiningClass: UInt32
    /// Part of a longer decomposition, and not the first: it takes no place of its own.
    let isInserted: Bool
  }

  private var marks: [Mark] = []
  /// Where the marks stand in the text.
  private var sources: [Range<Int>] = []
  /// The place of what came before.
  private var previous = 0..<0

  mutating func append(
    _ scalar: UInt32?, combiningClass: UInt32, isInserted: Bool = false, from source: Range<Int>
  ) {
    if marks.isEmpty { previous = source }
    marks.append(Mark(scalar: scalar, combiningClass: combiningClass, isInserted: isInserted))
    if !isInserted { sources.append(source) }
  }

  /// Appends the marks, none of which waits any longer.
  @inline(__always)
  mutating func flush<Form: NormalForm>(into form: inout Form) {
    if !marks.isEmpty { appendInOrder(to: &form) }
  }

  private mutating func appendInOrder<Form: NormalForm>(to form: inout Form) {
    let ordered = marks.enumerated().sorted {
      ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
    }
    var places = sources.makeIterator()
    for (_, mark) in ordered {
      if !mark.isInserted, let place = places.next() { previous = place }
      if let scalar = mark.scalar { form.append(scalar: scalar, from: previous) }
    }
    marks.removeAll(keepingCapacity: true)
    sources.removeAll(keepingCapacity: true)
  }
}
