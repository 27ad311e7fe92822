import Artifacts
import Files
import HDF5

/// How long the sequences of a corpus are, and how many of them are pairs.
struct CorpusLengths {
  /// Sequences by their length.
  private var counts: [Int64: Int] = [:]
  private var sequences = 0
  private var pairs: Int?

  /// Sequences that are read at a time.
  private static let piece = 1 << 18

  /// Reads where sequences begin, and where their second segments do.
  ///
  /// - Throws: What is wrong with the file.
  init(_ corpus: ArtifactReader) throws {
    let hasPairs = corpus.contains("second")
    if hasPairs { pairs = 0 }
    let count = max(try corpus.rows("offsets") - 1, 0)
    guard try !hasPairs || corpus.rows("second") == count else {
      throw ArtifactError.badData(
        corpus.path, "segments do not fit the sequences", cure: "make the corpus again")
    }
    for start in stride(from: 0, to: count, by: Self.piece) {
      let range = start..<min(start + Self.piece, count)
      let ends = try corpus.int64s("offsets", range: range.lowerBound..<range.upperBound + 1)
      let seconds = hasPairs ? try corpus.int32s("second", range: range) : []
      for number in 0..<range.count {
        let length = ends[number + 1] &- ends[number]
        counts[length, default: 0] += 1
        if hasPairs, Int64(seconds[number]) < length { pairs = (pairs ?? 0) + 1 }
      }
      sequences += range.count
    }
  }

  /// The length that `share` of the sequences do not go beyond.
  func quantile(_ share: Double) -> Int64 {
    var left = (share * Double(sequences)).rounded(.up)
    for length in counts.keys.sorted() {
      left -= Double(counts[length] ?? 0)
      if left <= 0 { return length }
    }
    return 0
  }

  /// In words, for `inspect`.
  var facts: [(String, String)] {
    guard sequences > 0 else { return [] }
    let shares: [(String, Double)] = [
      ("shortest", 0), ("1 in 10", 0.1), ("half", 0.5), ("9 in 10", 0.9), ("all", 1),
    ]
    let lengths = shares.map { name, share in "\(name) \(quantile(share).description)" }
    var facts = [("lengths up to", lengths.joined(separator: ", "))]
    if let pairs {
      let share = Double(pairs) / Double(sequences)
      facts.append(("pairs", "\(pairs.grouped), \(share.percent) of the sequences"))
    }
    return facts
  }
}
