import Files

/// Texts of the development and test splits: no training row may repeat one.
public struct HeldOutTexts {
  private let texts: Set<String>

  /// The texts of all splits but `train`.
  public init(_ splits: [String: DatasetSplit]) {
    var texts: Set<String> = []
    for (name, split) in splits where name != "train" {
      for row in split.texts.indices {
        texts.insert(Self.key(split.texts[row], split.pairs.isEmpty ? nil : split.pairs[row]))
      }
    }
    self.texts = texts
  }

  /// Whether a row is one of the held-out ones, spaces and case aside.
  public func contains(_ first: String, _ second: String?) -> Bool {
    texts.contains(Self.key(first, second))
  }

  private static func key(_ first: String, _ second: String?) -> String {
    let plain = { (text: String) in
      text.lowercased().filter { !$0.isWhitespace }
    }
    // Long texts are repeated by many rows.
    let other = plain(second ?? "")
    return plain(first) + "\u{0}"
      + (other.utf8.count > 512 ? Digest.of(Array(other.utf8)).hexadecimal : other)
  }
}
