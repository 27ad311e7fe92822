import Text

/// Entities that are there, found, and found rightly, counted as seqeval does in its default mode: an
/// entity is right where its type and both its ends are.
struct EntityMetrics {
  /// Counts of a type, or of all.
  struct Counts {
    /// Entities that are there.
    var known = 0
    /// Entities that are found.
    var found = 0
    /// Those that are both.
    var right = 0

    /// The share of what is found that is right; 0 where nothing is found.
    var precision: Double { found == 0 ? 0 : Double(right) / Double(found) }
    /// The share of what is there that is found; 0 where nothing is there.
    var recall: Double { known == 0 ? 0 : Double(right) / Double(known) }
    /// Their harmonic mean; 0 where both are 0.
    var f1: Double {
      let sum = precision + recall
      return sum == 0 ? 0 : 2 * precision * recall / sum
    }

    static func + (one: Counts, other: Counts) -> Counts {
      Counts(
        known: one.known + other.known, found: one.found + other.found,
        right: one.right + other.right)
    }
  }

  /// By type.
  private(set) var types: [String: Counts] = [:]
  private var words = 0
  private var rightWords = 0

  /// Of all types.
  var all: Counts { types.values.reduce(Counts(), +) }
  /// The share of words with the right tag; NaN of nothing.
  var accuracy: Double { Double(rightWords) / Double(words) }

  /// Nothing counted.
  init() {}

  /// The counts of a sentence.
  ///
  /// - Parameters:
  ///   - predicted: The tag of each word, by its number.
  ///   - known: The right ones.
  ///   - tags: What the numbers mean.
  init(_ predicted: [Int32], _ known: [Int32], tags: [EntityTag]) {
    words = known.count
    rightWords = zip(predicted, known).count { $0 == $1 }
    let there = Set(Entity.all(in: known.map { tags[Int($0)] }))
    let found = Entity.all(in: predicted.map { tags[Int($0)] })
    for entity in there { types[entity.type, default: Counts()].known += 1 }
    for entity in found {
      types[entity.type, default: Counts()].found += 1
      if there.contains(entity) { types[entity.type, default: Counts()].right += 1 }
    }
  }

  /// Adds the counts of others.
  mutating func add(_ others: EntityMetrics) {
    words += others.words
    rightWords += others.rightWords
    for (type, counts) in others.types { types[type] = types[type, default: Counts()] + counts }
  }
}
