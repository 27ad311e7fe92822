import Compute
import TestSupport
import Testing
import Training
import Transformer

@Suite struct DataOrderTests {
  @Test func `an epoch visits every example once, its last partial step kept`() {
    let order = DataOrder(count: 10, examplesPerStep: 4, seed: 9)
    #expect(order.stepsPerEpoch == 3)
    let places = (0..<3).flatMap { Array(order.places(ofStep: $0)) }
    #expect(places == Array(0..<10))
    #expect(order.places(ofStep: 5) == 8..<10)
    #expect(order.epoch(ofStep: 5) == 1)
    #expect((0..<10).map { order.example(at: $0, epoch: 0) }.sorted() == Array(0..<10))
  }

  @Test func `an epoch whose last partial step is dropped leaves others out each time`() {
    let order = DataOrder(count: 10, examplesPerStep: 4, seed: 9, dropsLast: true)
    #expect(order.stepsPerEpoch == 2)
    #expect((0..<4).map { order.places(ofStep: $0) } == [0..<4, 4..<8, 0..<4, 4..<8])
    #expect((0..<4).map { order.epoch(ofStep: $0) } == [0, 0, 1, 1])
    #expect(order.steps(epochs: 3) == 6)
    let left = (0..<20).map { epoch in
      Set((8..<10).map { order.example(at: $0, epoch: epoch) })
    }
    #expect(Set(left).count > 5)
    #expect(DataOrder(count: 8, examplesPerStep: 4, seed: 9, dropsLast: true).stepsPerEpoch == 2)
  }

  @Test func `the order depends on seed and epoch alone`() {
    let examples = { (examplesPerStep: Int, seed: UInt64, epoch: Int) in
      let order = DataOrder(count: 50, examplesPerStep: examplesPerStep, seed: seed)
      return (0..<50).map { order.example(at: $0, epoch: epoch) }
    }
    #expect(examples(4, 9, 3) == examples(8, 9, 3))
    #expect(examples(4, 9, 3) != examples(4, 9, 4))
    #expect(examples(4, 9, 3) != examples(4, 10, 3))
  }

  @Test func `the first examples of an order are these, on any machine`() {
    let order = DataOrder(count: 1_000_003, examplesPerStep: 32, seed: 42)
    #expect(
      (0..<6).map { order.example(at: $0, epoch: 0) } == [
        761_879, 142_469, 515_626, 660_416, 971_542, 390_210,
      ])
    #expect(
      (0..<6).map { order.example(at: $0, epoch: 1) } == [
        120_821, 389_651, 501_871, 87_304, 821_024, 419_051,
      ])
  }

  @Test func `a fraction of an epoch is rounded up to whole steps`() {
    let order = DataOrder(count: 10, examplesPerStep: 4, seed: 9)
    #expect(order.steps(epochs: 0.01) == 1)
    #expect(order.steps(epochs: 1.5) == 5)
    #expect(order.steps(epochs: 2) == 6)
  }
}

@Suite struct MicroBatcherTests {
  @Test func `micro-batches keep the order, fit, and are as few and as even as they can be`() {
    var numbers = ArbitraryNumbers(2)
    for _ in 0..<200 {
      let lengths = (0..<1 + numbers.below(40)).map { _ in 1 + numbers.below(60) }
      let limit = 60 + numbers.below(300)
      let cuts = MicroBatcher(maxTokens: limit).cuts(lengths: lengths)
      #expect(cuts.flatMap { Array($0) } == Array(lengths.indices))
      let sums = cuts.map { lengths[$0].reduce(0, +) }
      #expect(sums.allSatisfy { $0 <= limit })
      // Greedy filling is optimal for consecutive pieces.
      var greedy = 1
      var rows = 0
      for length in lengths {
        if rows + length > limit { (greedy, rows) = (greedy + 1, 0) }
        rows += length
      }
      #expect(cuts.count == greedy)
      // No cut into as few pieces has a smaller largest piece: try every smaller limit.
      let largest = sums.max() ?? 0
      if largest > (lengths.max() ?? 0) {
        #expect(
          MicroBatcher(maxTokens: largest - 1).cuts(lengths: lengths).count > cuts.count)
      }
    }
  }

  @Test func `a sequence longer than the limit is a micro-batch of its own`() {
    #expect(MicroBatcher(maxTokens: 5).cuts(lengths: [2, 9, 3, 2]) == [0..<1, 1..<2, 2..<4])
  }

  @Test func `places and indices follow the sequences; totals do not depend on the cut`() {
    let examples = (1...6).map {
      Example(
        sequence: TokenSequence(ids: [Int32](repeating: 7, count: $0)),
        target: $0 % 3 == 0 ? .none : .label(Int32($0 % 3) - 1))
    }
    let indices = [5, 3, 8, 1, 0, 2]
    let classes = CrossEntropy().denominator
    let totals = [100, 8, 1].map { limit in
      let batches = MicroBatcher(maxTokens: limit)
        .batches(examples, indices: indices, firstPlace: 40)
      #expect(batches.flatMap(\.indices) == indices)
      #expect(batches.flatMap(\.packed.places) == (40..<46).map { UInt64($0) })
      return StepTotals([.examples, classes], of: batches)
    }
    #expect(totals[0][.examples] == 6 && totals[0][classes] == 4)
    #expect(totals[1] == totals[0] && totals[2] == totals[0])
  }

  @Test func `a head is asked for the tokens whose class is known`() {
    let examples = [[0, -100, 2], [-100], [1]].map { (labels: [Int32]) in
      Example(
        sequence: TokenSequence(ids: labels.map { _ in 7 }), target: .tokenLabels(labels))
    }
    let batches = MicroBatcher(maxTokens: 4).batches(examples, indices: [0, 1, 2], firstPlace: 0)
    #expect(batches.map(\.packed.predictionRows) == [[0, 2], [1]])
    #expect(StepTotals([CrossEntropy().denominator], of: batches)[CrossEntropy().denominator] == 3)
  }
}

@Suite struct InMemoryExamplesTests {
  @Test func `flat arrays give back the examples they were made of`() throws {
    let examples = [
      Example(sequence: TokenSequence(ids: [2, 5, 3]), target: .label(1)),
      Example(sequence: TokenSequence(ids: [2, 5, 3, 6, 3], types: [0, 0, 0, 1, 1])),
    ]
    let source = InMemoryExamples(examples)
    #expect(try source.examples([1, 0, 1]) == [examples[1], examples[0], examples[1]])
    #expect((0..<2).map(source.length) == [3, 5])
    let bare = InMemoryExamples(ids: source.ids, offsets: source.offsets)
    #expect(bare[1].sequence.types == [0, 0, 0, 0, 0] && bare[0].target == .none)
  }
}
