import Artifacts
import Augmentation
import Text

/// Gathers augmented rows into a training split.
struct RewriteCollector {
  /// The rows so far, every original followed by its rewrites.
  private(set) var split = DatasetSplit()
  /// Rewrites that equalled a held-out row.
  private(set) var dropped = 0

  private let original: DatasetSplit
  private let description: DatasetDescription
  private let tokenizer: Tokenizer
  private let heldOut: HeldOutTexts

  init(
    _ original: DatasetSplit, _ description: DatasetDescription, _ tokenizer: Tokenizer,
    _ heldOut: HeldOutTexts
  ) {
    self.original = original
    self.description = description
    self.tokenizer = tokenizer
    self.heldOut = heldOut
  }

  /// Adds rows; an original keeps its ids, a rewrite is tokenised and takes its original's label.
  mutating func add(_ rows: [AugmentedRow]) {
    for row in rows {
      if row.rewrite == 0 {
        split.sequences.append(original.sequences[row.source])
      } else if heldOut.contains(row.first, row.second) {
        dropped += 1
        continue
      } else {
        split.sequences.append(
          TokenizedRow(
            tokenizer.encode(row.first, row.second, maxLength: description.maxSequenceLength)))
      }
      split.texts.append(row.first)
      if description.hasPairs { split.pairs.append(row.second ?? "") }
      split.labels.append(original.labels[row.source])
    }
  }
}
