import Augmentation
import Text

/// Texts of the development and test splits: no training row may repeat one.
struct HeldOutTexts {
  private let texts: Set<String>

  init(_ splits: [String: DatasetSplit]) {
    var texts: Set<String> = []
    for (name, split) in splits where name != "train" {
      for row in split.texts.indices {
        texts.insert(Self.key(split.texts[row], split.pairs.isEmpty ? nil : split.pairs[row]))
      }
    }
    self.texts = texts
  }

  /// Whether a row is one of the held-out ones, spaces and case aside.
  func contains(_ first: String, _ second: String?) -> Bool {
    texts.contains(Self.key(first, second))
  }

  private static func key(_ first: String, _ second: String?) -> String {
    let plain = { (text: String) in
      text.lowercased().filter { !$0.isWhitespace }
    }
    return plain(first) + "\u{0}" + plain(second ?? "")
  }
}

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
