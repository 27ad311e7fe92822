/// Tells sentences that were there before, in bounded memory.
///
/// What is remembered of a sentence are 64-bit hashes: one, or for near repetitions eight. At most twelve
/// million are held (about 140 MB); beyond that the oldest six million are forgotten at once.
public struct RepeatedSentences: Sendable {
  /// What counts as a repetition.
  public enum Measure: String, Sendable, CaseIterable {
    /// The same text, case and spaces aside.
    case exact
    /// Nearly the same words in the same order: MinHash over runs of five words, compared in eight bands
    /// of six. Texts that share 9 in 10 of their runs are found with a chance of 0.998, 8 in 10 with
    /// 0.91, 1 in 2 with 0.12, 3 in 10 with 0.006.
    case near
  }

  /// Whether something was forgotten.
  public private(set) var hasForgotten = false

  private let measure: Measure
  private let capacity: Int
  private var recent: Set<UInt64> = []
  private var older: Set<UInt64> = []

  static let bands = 8
  static let rows = 6
  static let runLength = 5

  /// Odd factors and terms of the hash functions x -> a x + b, of which MinHash takes the least values.
  private static let functions: [(factor: UInt64, term: UInt64)] = (0..<bands * rows).map {
    (Hash64.mix(UInt64(2 * $0)) | 1, Hash64.mix(UInt64(2 * $0 + 1)))
  }

  /// Remembers nothing yet.
  ///
  /// - Parameters:
  ///   - measure: What counts as a repetition.
  ///   - capacity: Hashes after which the older ones are forgotten; twice as many are held at most.
  public init(_ measure: Measure, capacity: Int = 6_000_000) {
    (self.measure, self.capacity) = (measure, capacity)
  }

  /// Whether a sentence repeats one before; it is remembered if it does not.
  public mutating func isRepeated(_ sentence: String) -> Bool {
    let keys = measure == .exact ? [Self.folded(sentence)] : Self.bandKeys(TextWords(sentence))
    if keys.contains(where: { recent.contains($0) || older.contains($0) }) { return true }
    if recent.count + keys.count > capacity {
      hasForgotten = hasForgotten || !older.isEmpty
      older = recent
      recent = []
    }
    recent.formUnion(keys)
    return false
  }

  /// A hash of a text in lower case, its white space one space each.
  static func folded(_ text: String) -> UInt64 {
    var hash = Hash64()
    var hasSpace = false
    let plain = text.utf8.allSatisfy { $0 < 0x80 } ? text : text.lowercased()
    for scalar in plain.unicodeScalars {
      if scalar.properties.isWhitespace {
        hasSpace = !hash.isEmpty
        continue
      }
      if hasSpace { hash.add(0x20) }
      hasSpace = false
      if scalar.value < 0x80 {
        let byte = UInt8(scalar.value)
        hash.add((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
      } else {
        for byte in String(scalar).utf8 { hash.add(byte) }
      }
    }
    return hash.value
  }

  /// One hash a band, equal where six least values are; none for a text without words.
  static func bandKeys(_ words: TextWords) -> [UInt64] {
    let runs = words.runs(of: runLength)
    guard !runs.isEmpty else { return [] }
    return (0..<bands).map { band in
      var key = UInt64(band)
      for function in functions[band * rows..<(band + 1) * rows] {
        var least = UInt64.max
        for run in runs {
          // The upper half is well mixed.
          least = min(least, Hash64.mix(run &* function.factor &+ function.term))
        }
        key = Hash64.mix(key ^ least)
      }
      return key
    }
  }
}
