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
}
