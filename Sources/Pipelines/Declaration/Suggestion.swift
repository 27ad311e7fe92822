/// Finds the name a reader probably meant.
public enum Suggestion {
  /// `; did you mean "x"?` with the nearest of `candidates`, or `; known: a, b` when none is near
  /// and they are few; empty when there is nothing to suggest.
  ///
  /// Near means that `name` is the beginning of it, or that at most a third of its letters, at
  /// least one, differ by insertion, deletion, substitution or exchange of neighbours. Case and `-`
  /// for `_` are free.
  public static func clause(for name: String, among candidates: [String]) -> String {
    if let nearest = nearest(to: name, among: candidates) {
      return "; did you mean \"\(nearest)\"?"
    }
    guard !candidates.isEmpty, candidates.count <= 12 else { return "" }
    return "; known: " + candidates.joined(separator: ", ")
  }

  /// The nearest candidate, the first of equals.
  public static func nearest(to name: String, among candidates: [String]) -> String? {
    let letters = folded(name)
    guard letters.count >= 2, letters.count <= 100 else { return nil }
    let limit = max(1, letters.count / 3)
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
      let other = folded(candidate)
      // A beginning is one slip, however much is left out.
      let isBeginning = letters.count >= 3 && other.starts(with: letters)
      let distance = isBeginning ? 1 : distance(letters, other)
      if distance <= limit, distance < best?.distance ?? Int.max { best = (distance, candidate) }
    }
    return best?.candidate
  }

  private static func folded(_ name: String) -> [Character] {
    Array(name.lowercased().map { $0 == "-" ? "_" : $0 })
  }

  /// Optimal string alignment distance (Damerau 1964, each pair exchanged at most once).
  static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var cost = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          cost = min(cost, beforeLast[j - 1] + 1)
        }
        row.append(cost)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
