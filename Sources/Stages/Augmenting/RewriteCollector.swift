import Artifacts
import Augmentation
import Tasks
import Text
import Training

/// Gathers augmented rows into a training split.
struct RewriteCollector {
  /// The rows so far, every original followed by its rewrites.
  private(set) var split = DatasetSplit()
  /// Rewrites that equalled a held-out row.
  private(set) var dropped = 0
  /// Rewrites that had no room for what they are answered with.
  private(set) var unfit = 0

  private let original: DatasetSplit
  private let hasPairs: Bool
  private let rewriting: RowRewriting
  private let heldOut: HeldOutTexts

  init(
    _ original: DatasetSplit, hasPairs: Bool, _ rewriting: RowRewriting, _ heldOut: HeldOutTexts
  ) {
    self.original = original
    self.hasPairs = hasPairs
    self.rewriting = rewriting
    self.heldOut = heldOut
    split.sheet = original.sheet?.withoutRows
  }

  /// Adds rows; an original keeps its ids and its teacher's answer, a rewrite is tokenised and answered as
  /// its original is, but by no teacher: that has not seen it.
  mutating func add(_ rows: [AugmentedRow]) {
    for row in rows {
      let pair = hasPairs ? row.second ?? "" : nil
      if row.rewrite == 0 {
        for example in rewriting.examples(of: row.source) {
          split.append(
            original.sequences[example], original.targets[example],
            answer: original.answers[example])
        }
        append(row, pair)
      } else if heldOut.contains(row.first, row.second) {
        dropped += 1
      } else if let examples = rewriting.examples(of: row) {
        for (sequence, target) in examples { split.append(sequence, target) }
        append(row, pair)
      } else {
        unfit += 1
      }
    }
  }

  /// Adds a row that is no rewrite, and of which nobody says what is right.
  mutating func add(_ text: String, pair: String?, _ sequence: TokenizedRow, _ target: Target) {
    split.append(sequence, target)
    split.append(text, pair: pair, [])
  }

  /// Adds a row whose examples are there.
  private mutating func append(_ row: AugmentedRow, _ pair: String?) {
    split.append(
      row.first, pair: pair, [],
      teacher: original.teachers.isEmpty ? nil : original.teachers[row.source])
    guard let sheet = original.sheet else { return }
    // A rewritten question is asked of the same windows.
    let examples = rewriting.examples(of: row.source)
    split.sheet?.append(row: row.source, examples: examples, from: sheet)
  }
}
