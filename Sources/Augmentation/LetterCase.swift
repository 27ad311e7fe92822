extension String {
  /// Whether this is a non-empty run of ASCII letters.
  var isLettersOnly: Bool {
    !utf8.isEmpty
      && utf8.allSatisfy { (65...90).contains($0) || (97...122).contains($0) }
  }

  /// This word with a capital first letter where `model` has one; otherwise as it is.
  func capitalized(like model: String) -> String {
    guard let initial = model.utf8.first, (65...90).contains(initial), let first else {
      return self
    }
    return first.uppercased() + dropFirst()
  }
}

extension Sequence<String> {
  /// The words in order without those that came before.
  func withoutRepetitions() -> [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
