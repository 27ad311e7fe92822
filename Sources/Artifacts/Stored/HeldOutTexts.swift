import Files

/// Texts of the development and test splits: no training row may repeat one.
public struct HeldOutTexts {
  private let texts: Set<String>

  /// Whether the texts of a pair count each by itself.
  private let isApart: Bool

  /// The texts of all splits but `train`; `isApart` says whether the two of a pair are read apart.
  public init(_ splits: [String: DatasetSplit], apart isApart: Bool = false) {
    var texts: Set<String> = []
    for (name, split) in splits where name != "train" {
      for row in split.texts.indices {
        let pair = split.pairs.isEmpty ? nil : split.pairs[row]
        texts.insert(Self.key(split.texts[row], isApart ? nil : pair))
        if isApart, let pair { texts.insert(Self.key(pair, nil)) }
      }
    }
    (self.texts, self.isApart) = (texts, isApart)
  }

  /// Whether a row, or with texts read apart one of its texts, is one of the held-out ones, spaces and
  /// case aside.
  public func contains(_ first: String, _ second: String?) -> Bool {
    guard isApart else { return texts.contains(Self.key(first, second)) }
    return texts.contains(Self.key(first, nil))
      || second.map { texts.contains(Self.key($0, nil)) } == true
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
