import Compute
import Testing
import Training
import Transformer

@testable import Tasks

@Suite struct TokenMaskingTests {
  private let masking = TokenMasking(
    vocabularySize: 1000, maskId: 103, specialIds: [0, 100, 101, 102, 103])

  /// The sequence as the model sees it, the places to be predicted and what stood there.
  private func apply(
    to sequence: TokenSequence, seed: UInt64 = 1, epoch: Int = 0, place: Int = 0
  ) -> (ids: [Int32], positions: [Int], labels: [Int32]) {
    let masked = masking.apply(
      to: Example(sequence: sequence), seed: seed, epoch: epoch, place: place)
    guard case .tokenLabels(let labels) = masked.target else { return ([], [], []) }
    let positions = labels.indices.filter { labels[$0] != ignoredLabel }
    return (masked.sequence.ids, positions, positions.map { labels[$0] })
  }

  @Test func `15 % of the ordinary tokens are chosen; 80 % masked, 10 % random, 10 % kept`() {
    let sequence = TokenSequence(ids: [101] + (200..<400).map { Int32($0) } + [102])
    var counts = (masked: 0, kept: 0, random: 0)
    for place in 0..<400 {
      let result = apply(to: sequence, place: place)
      #expect(result.positions.count == 30 && Set(result.positions).count == 30)
      #expect(result.positions == result.positions.sorted())
      for (position, label) in zip(result.positions, result.labels) {
        #expect(label == sequence.ids[position] && label >= 200)
        switch result.ids[position] {
        case 103: counts.masked += 1
        case label: counts.kept += 1
        case let other:
          counts.random += 1
          #expect(![0, 100, 101, 102].contains(other) && other < 1000)
        }
      }
      let untouched = Set(sequence.ids.indices).subtracting(result.positions)
      #expect(untouched.allSatisfy { result.ids[$0] == sequence.ids[$0] })
    }
    // 12,000 draws: three standard errors are 1.1 % and 0.8 %.
    #expect(abs(Double(counts.masked) / 12000 - 0.8) < 0.011)
    #expect(abs(Double(counts.random) / 12000 - 0.1) < 0.009)
    #expect(abs(Double(counts.kept) / 12000 - 0.1) < 0.009)
  }

  @Test func `at least one token is chosen where there is an ordinary one, else none`() {
    let one = apply(to: TokenSequence(ids: [101, 500, 102]))
    #expect(one.positions == [1] && one.labels == [500])
    let none = apply(to: TokenSequence(ids: [101, 102]))
    #expect(none.positions.isEmpty && none.ids == [101, 102])
  }

  @Test func `draws depend on seed, epoch and place alone`() {
    let sequence = TokenSequence(ids: (200..<260).map { Int32($0) })
    let one = apply(to: sequence, seed: 1, epoch: 2, place: 3)
    #expect(one == apply(to: sequence, seed: 1, epoch: 2, place: 3))
    #expect(one != apply(to: sequence, seed: 2, epoch: 2, place: 3))
    #expect(one != apply(to: sequence, seed: 1, epoch: 3, place: 3))
    #expect(one != apply(to: sequence, seed: 1, epoch: 2, place: 4))
  }

  @Test func `words are hidden whole, in as many tokens as fit, each by a draw of its own`() {
    // Words of one to four pieces; pieces that go on with a word are 600 and above.
    var ids: [Int32] = [101]
    for word in 0..<40 {
      ids.append(Int32(200 + word))
      ids += (0..<word % 4).map { Int32(600 + 4 * word + $0) }
    }
    let masking = TokenMasking(
      vocabularySize: 1000, maskId: 103, specialIds: [0, 100, 101, 102, 103],
      continuations: Set(600..<1000))
    let sequence = TokenSequence(ids: ids + [102])
    var (hidden, masks, counts) = (0, 0, [Int32: Int]())
    for place in 0..<2000 {
      let masked = masking.apply(to: Example(sequence: sequence), seed: 1, epoch: 0, place: place)
      guard case .tokenLabels(let labels) = masked.target else { continue }
      let positions = labels.indices.filter { labels[$0] != ignoredLabel }
      #expect(positions.allSatisfy { labels[$0] == sequence.ids[$0] })
      // 15 % of 100 tokens; a word of four may be the only one that still does not fit.
      #expect((12...15).contains(positions.count), "\(positions.count)")
      for position in ids.indices.dropFirst().dropLast() where ids[position + 1] >= 600 {
        #expect(positions.contains(position) == positions.contains(position + 1))
      }
      hidden += positions.count
      masks += positions.count { masked.sequence.ids[$0] == 103 }
      for position in positions where ids[position] < 600 { counts[ids[position], default: 0] += 1 }
    }
    // About 29,000 draws: deviation 0.24 %.
    #expect(abs(Double(masks) / Double(hidden) - 0.8) < 0.012)
    #expect(counts.count == 40)
    // Words of one piece are all alike: each is hidden more than 2,000 x 0.15 times, since it fits where a longer
    // one does not, as in BERT's own masking of whole words.
    for word in stride(from: Int32(200), to: 240, by: 4) {
      #expect((300...540).contains(counts[word, default: 0]), "\(counts[word, default: 0])")
    }
  }

  @Test func `a word longer than the share is hidden all the same, and none where there is none`() {
    let masking = TokenMasking(
      vocabularySize: 1000, maskId: 103, specialIds: [0, 100, 101, 102, 103],
      continuations: Set(600..<1000))
    let hidden = { (ids: [Int32]) -> [Int] in
      let masked = masking.apply(
        to: Example(sequence: TokenSequence(ids: ids)), seed: 1, epoch: 0, place: 0)
      guard case .tokenLabels(let labels) = masked.target else { return [] }
      return labels.indices.filter { labels[$0] != ignoredLabel }
    }
    #expect(hidden([101, 500, 601, 602, 603, 102]) == [1, 2, 3, 4])
    // What goes on with a word of the sequence before is a word.
    #expect(hidden([101, 601, 602, 102]) == [1, 2])
    #expect(hidden([101, 102]).isEmpty)
  }
}
