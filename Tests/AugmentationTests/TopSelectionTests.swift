import Testing

@testable import Augmentation

@Suite struct TopSelectionTests {
  private func top(_ count: Int, _ scores: [Float]) -> [Int] {
    var selection = TopSelection(count: count)
    for (index, score) in scores.enumerated() { selection.offer(score, index: index) }
    return selection.indices
  }

  @Test func `takes what a stable full sort takes, with many ties`() {
    var state: UInt32 = 1
    let scores = (0..<5_000).map { _ -> Float in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 24)  // 256 values: most places are tied
    }
    let sorted = scores.indices.sorted {
      scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1
    }
    for count in [1, 2, 15, 64] { #expect(top(count, scores) == Array(sorted.prefix(count))) }
  }

  @Test func `never takes NaN and gives what there is`() {
    #expect(top(3, [.nan, 1, .nan, 2]) == [3, 1])
    #expect(top(1, [.nan, -.infinity, .infinity]) == [2])
    #expect(top(2, []) == [])
  }
}
