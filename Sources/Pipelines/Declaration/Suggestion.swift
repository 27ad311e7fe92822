/// Names that may be meant, made ready to be compared with many others.
public struct Suggestions: Sendable {
  private struct Candidate {
    let text: String
    let letters: [UInt8]
  }
  private let candidates: [Candidate]
  private let prefix: String

  /// Gets `names` ready; what is suggested begins with `prefix`, such as the dashes of an option.
  public init(_ names: [String], prefix: String = "") {
    candidates = names.map { Candidate(text: $0, letters: Self.folded($0)) }
    self.prefix = prefix
  }

  /// `; did you mean "x"?` with the nearest name, or `; known: a, b` when none is near and they are
  /// few; empty when there is nothing to suggest.
  ///
  /// Near means that `name` is the beginning of it, or that at most a third of its letters, at
  /// least one, differ by insertion, deletion, substitution or exchange of neighbours, or that it is
  /// the end of `name` behind a `_`, as in eval_accuracy. Case and `-` for `_` are free.
  public func clause(for name: String) -> String {
    if let nearest = nearest(to: name) { return "; did you mean \"\(prefix)\(nearest)\"?" }
    guard !candidates.isEmpty, candidates.count <= 12 else { return "" }
    return "; known: " + candidates.map { prefix + $0.text }.joined(separator: ", ")
  }

  /// The nearest name, the first of equals, without the prefix.
  public func nearest(to name: String) -> String? {
    let letters = Self.folded(name)
    guard letters.count >= 2, letters.count <= 100 else { return nil }
    let limit = max(1, letters.count / 3)
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
      let other = candidate.letters
      // A beginning is one slip, however much is left out.
      let isBeginning = letters.count >= 3 && other.starts(with: letters)
      // Somebody else's beginning is two.
      let isEnd = letters.reversed().starts(with: other.reversed() + [UInt8(ascii: "_")])
      guard isBeginning || isEnd || abs(other.count - letters.count) <= limit else { continue }
      let distance = isBeginning ? 1 : isEnd ? 2 : Suggestion.distance(letters, other)
      if distance <= limit, distance < best?.distance ?? Int.max {
        best = (distance, candidate.text)
      }
    }
    return best?.candidate
  }

  static func folded(_ name: String) -> [UInt8] {
    name.lowercased().utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
  }
}

/// Finds the name a reader probably meant.
public enum Suggestion {
  /// What `Suggestions` says about one name.
  public static func clause(
    for name: String, among candidates: [String], prefix: String = ""
  ) -> String {
    Suggestions(candidates, prefix: prefix).clause(for: name)
  }

  /// The nearest candidate, the first of equals.
  public static func nearest(to name: String, among candidates: [String]) -> String? {
    Suggestions(candidates).nearest(to: name)
  }

  /// Optimal string alignment distance (Damerau 1964, each pair exchanged at most once).
  static func distance<Letter: Equatable>(_ a: [Letter], _ b: [Letter]) -> Int {
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    var row = beforeLast
    for i in 0..<a.count {
      row[0] = i + 1
      for j in 0..<b.count {
        var cost = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          cost = min(cost, beforeLast[j - 1] + 1)
        }
        row[j + 1] = cost
      }
      (beforeLast, last, row) = (last, row, beforeLast)
    }
    return last[b.count]
  }
}
