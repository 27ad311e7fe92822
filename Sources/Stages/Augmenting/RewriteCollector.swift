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

  private let original: DatasetSplit
  private let task: any RowTask
  private let hasPairs: Bool
  private let maxSequenceLength: Int
  /// The first example of each original row, and the number of examples.
  private let starts: [Int]
  private let tokenizer: Tokenizer
  private let heldOut: HeldOutTexts

  init(
    _ original: DatasetSplit, _ description: DatasetDescription, _ task: any RowTask,
    _ tokenizer: Tokenizer, _ heldOut: HeldOutTexts
  ) {
    self.original = original
    self.task = task
    hasPairs = description.hasPairs
    maxSequenceLength = description.maxSequenceLength
    starts =
      original.rows.indices.filter { $0 == 0 || original.rows[$0] != original.rows[$0 - 1] }
      + [original.rows.count]
    self.tokenizer = tokenizer
    self.heldOut = heldOut
  }

  /// Adds rows; an original keeps its ids and its teacher's answer, a rewrite is tokenised and takes its
  /// original's target, but no answer: the teacher has not seen it.
  mutating func add(_ rows: [AugmentedRow]) {
    for row in rows {
      let examples = starts[row.source]..<starts[row.source + 1]
      let pair = hasPairs ? row.second ?? "" : nil
      if row.rewrite == 0 {
        for example in examples {
          split.append(
            original.sequences[example], original.targets[example],
            answer: original.answers[example])
        }
        split.append(row.first, pair: pair, [])
      } else if heldOut.contains(row.first, row.second) {
        dropped += 1
      } else {
        split.append(
          row.first, pair: pair,
          task.examples(
            of: LabelledRow(text: row.first, pair: row.second, line: 0),
            target: original.targets[examples.lowerBound], tokenizer: tokenizer,
            maxLength: maxSequenceLength))
      }
    }
  }
}
