internal import RandomStreams

/// Some of the text before, of which second texts of other documents are taken.
///
/// It holds runs of sentences, each about a sequence long, of at most ``idLimit`` ids together; the next
/// one takes the place of a random other, so that a second text comes from the last few hundred runs,
/// however large the whole is. A quarter at most is of the document that is being read.
struct OtherDocuments: Sendable, Hashable, Codable {
  /// A run of sentences of one document.
  struct Run: Sendable, Hashable, Codable {
    /// Number of the document.
    var document: Int
    /// Ids of its sentences, one after the other.
    var ids: [Int32]
    /// Where each sentence ends in `ids`.
    var ends: [Int]
  }

  /// Ids that are held at most.
  static let idLimit = 1 << 15

  private(set) var runs: [Run] = []
  /// Runs taken so far: the number of the next.
  private(set) var taken = 0

  /// How many runs are held at most where a sequence has so much room.
  static func capacity(room: Int) -> Int { max(4, idLimit / max(1, room)) }

  /// Takes a run.
  mutating func take(_ run: Run, room: Int, seed: UInt64) {
    let capacity = Self.capacity(room: room)
    let own = runs.indices.filter { runs[$0].document == run.document }
    var draws = RandomStream(seed: seed, purpose: "corpus runs").sequence(place: UInt64(taken))
    taken += 1
    if own.count >= max(1, capacity / 4) {
      runs[own[draws.below(own.count)]] = run
    } else if runs.count < capacity {
      runs.append(run)
    } else {
      runs[draws.below(runs.count)] = run
    }
  }

  /// Consecutive sentences of another document than `document`: of at least `wanted` tokens where a run
  /// has so many, from a random sentence on after which so many follow.
  ///
  /// - Returns: Their ids; nil where all text so far is of this document.
  func text(besides document: Int, wanted: Int, _ draws: inout RandomSequence) -> [Int32]? {
    guard !runs.isEmpty else { return nil }
    let first = draws.below(runs.count)
    let others = (0..<runs.count).lazy.map { (first + $0) % runs.count }
    guard let chosen = others.first(where: { runs[$0].document != document }) else { return nil }
    let run = runs[chosen]
    let starts = ([0] + run.ends.dropLast()).filter { $0 == 0 || run.ids.count - $0 >= wanted }
    let start = starts[draws.below(starts.count)]
    let end = run.ends.first { $0 > start && $0 - start >= wanted } ?? run.ids.count
    return Array(run.ids[start..<end])
  }

  /// Whether it can have come about, of ids below `vocabularySize`; it may be from a stranger's file.
  func isSound(room: Int, vocabularySize: Int) -> Bool {
    runs.count <= Self.capacity(room: room) && (runs.count...1 << 53).contains(taken)
      && runs.allSatisfy { run in
        (0...1 << 53).contains(run.document) && (1...2 * room).contains(run.ids.count)
          && run.ends.last == run.ids.count && (run.ends.first ?? 0) > 0
          && zip(run.ends, run.ends.dropFirst()).allSatisfy { $0 < $1 }
          && run.ids.allSatisfy { $0 >= 0 && $0 < vocabularySize }
      }
  }
}
