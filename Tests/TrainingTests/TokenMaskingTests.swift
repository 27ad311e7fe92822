import Testing
import Training
import Transformer

@Suite struct TokenMaskingTests {
  private let masking = TokenMasking(
    vocabularySize: 1000, maskId: 103, specialIds: [0, 100, 101, 102, 103])

  @Test("15 % of the ordinary tokens are chosen; 80 % masked, 10 % random, 10 % kept")
  func shares() {
    let sequence = TokenSequence(ids: [101] + (200..<400).map { Int32($0) } + [102])
    var counts = (masked: 0, kept: 0, random: 0)
    for place in 0..<400 {
      let result = masking.apply(to: sequence, seed: 1, epoch: 0, place: place)
      #expect(result.positions.count == 30 && Set(result.positions).count == 30)
      #expect(result.positions == result.positions.sorted())
      for (position, label) in zip(result.positions, result.labels) {
        #expect(label == sequence.ids[Int(position)] && label >= 200)
        switch result.sequence.ids[Int(position)] {
        case 103: counts.masked += 1
        case label: counts.kept += 1
        case let other:
          counts.random += 1
          #expect(![0, 100, 101, 102].contains(other) && other < 1000)
        }
      }
      let untouched = Set(sequence.ids.indices).subtracting(result.positions.map { Int($0) })
      #expect(untouched.allSatisfy { result.sequence.ids[$0] == sequence.ids[$0] })
    }
    // 12,000 draws: three standard errors are 1.1 % and 0.8 %.
    #expect(abs(Double(counts.masked) / 12000 - 0.8) < 0.011)
    #expect(abs(Double(counts.random) / 12000 - 0.1) < 0.009)
    #expect(abs(Double(counts.kept) / 12000 - 0.1) < 0.009)
  }

  @Test("At least one token is chosen where there is an ordinary one, else none")
  func few() {
    let one = masking.apply(to: TokenSequence(ids: [101, 500, 102]), seed: 1, epoch: 0, place: 0)
    #expect(one.positions == [1] && one.labels == [500])
    let none = masking.apply(to: TokenSequence(ids: [101, 102]), seed: 1, epoch: 0, place: 0)
    #expect(none.positions.isEmpty && none.sequence.ids == [101, 102])
  }

  @Test("Draws depend on seed, epoch and place alone")
  func keys() {
    let sequence = TokenSequence(ids: (200..<260).map { Int32($0) })
    let one = masking.apply(to: sequence, seed: 1, epoch: 2, place: 3)
    #expect(one == masking.apply(to: sequence, seed: 1, epoch: 2, place: 3))
    #expect(one != masking.apply(to: sequence, seed: 2, epoch: 2, place: 3))
    #expect(one != masking.apply(to: sequence, seed: 1, epoch: 3, place: 3))
    #expect(one != masking.apply(to: sequence, seed: 1, epoch: 2, place: 4))
  }
}
