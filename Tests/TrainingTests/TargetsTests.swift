import Compute
import RandomStreams
import TestSupport
import Testing
import Transformer

@testable import Training

@Suite struct TargetsTests {
  private static let kinds: [[Target]] = [
    [.none, .none], [.label(2), .none, .label(0)], [.labels([0, 3]), .labels([]), .none],
    [.none, .number(-1.5), .number(0)], [.tokenLabels([1, -100]), .none, .tokenLabels([0])],
    [.span(first: 0, last: 0), .none, .span(first: 2, last: 5)],
    [.vector([1, 2]), .none, .vector([3])],
  ]

  @Test(arguments: kinds)
  func `columns give back the targets they were made of`(targets: [Target]) {
    let columns = Targets(targets)
    #expect(targets.indices.map { columns[$0] } == targets)
    #expect(columns.count == (targets[0] == targets[1] ? nil : targets.count))
    #expect(columns.firstMissing(of: targets.count) == targets.firstIndex(of: .none))
    let examples = InMemoryExamples(
      targets.map { Example(sequence: TokenSequence(ids: [5]), target: $0) })
    #expect(targets.indices.map { examples[$0].target } == targets)
  }

  @Test func `a class takes four bytes`() {
    guard case .labels(let labels) = Targets([.label(7), .none]) else {
      Issue.record("another column")
      return
    }
    #expect(labels == [7, -1])
  }

  @Test func `windows know the row they were cut from`() {
    let windows = InMemoryExamples(ids: [1, 2, 3], offsets: [0, 1, 2, 3], rows: [0, 0, 1])
    #expect((0..<3).map { windows.row(of: $0) } == [0, 0, 1])
    let rows = InMemoryExamples(ids: [1, 2], offsets: [0, 1, 2])
    #expect((0..<2).map { rows.row(of: $0) } == [0, 1])
  }
}

@Suite struct OutputsTests {
  @Test func `the greatest column of every row is named, the first of equals`() {
    let outputs = Outputs(columns: 2, values: [0, 1, 3, 3, 2, -1])
    #expect(outputs.greatest == [1, 0, 0] && outputs.count == 3)
    let ragged = Outputs(columns: 2, rows: Ragged(values: outputs.values, offsets: [0, 4, 6]))
    #expect(ragged.count == 2 && ragged.rows[0] == [0, 1, 3, 3] && ragged.rows[1] == [2, -1])
  }

  /// Three examples of 3, 2 and 4 tokens.
  private let examples = InMemoryExamples([
    Example(sequence: TokenSequence(ids: [5, 6, 7]), target: .tokenLabels([-100, 0, 1])),
    Example(sequence: TokenSequence(ids: [8, 9])),
    Example(
      sequence: TokenSequence(ids: [5, 5, 6, 6]), target: .tokenLabels([1, -100, -100, -100])),
  ])

  @Test(arguments: [Head.classification(labels: 2, style: .hf), .maskedLanguage])
  func `a head gives a row an example, or one a token`(head: Head) throws {
    let model = try BertModel(
      ModelConfiguration(
        vocabularySize: 30, hiddenSize: 8, layerCount: 2, headCount: 2, intermediateSize: 16,
        maximumPositions: 12), head: head)
    let weights = ParameterSet(model.layout)
    weights.initialize(stdev: 0.5, stream: RandomStream(seed: 4, purpose: "weights"))
    let context = ComputeContext(threads: 1)
    let predict = { (examples: InMemoryExamples, maxTokens: Int) in
      try #require(
        try Predictor(model, weights: weights, maxTokens: maxTokens, on: context)
          .outputs(of: examples))
    }
    let outputs = try predict(examples, 100)
    let isOfTokens = head == .maskedLanguage
    #expect(outputs.columns == (isOfTokens ? 30 : 2))
    // All tokens where no target says which are asked for.
    #expect(outputs.starts == (isOfTokens ? [0, 2, 4, 5] : [0, 1, 2, 3]))
    #expect(examples.outputStarts(of: model) == (isOfTokens ? [0, 2, 2, 3] : [0, 1, 2, 3]))
    // Each example has the rows that it has on its own.
    for number in 0..<3 {
      let alone = try predict(InMemoryExamples([examples[number]]), 100)
      let (here, there) = (outputs.rows[number].map(Double.init), alone.values.map(Double.init))
      #expect(relativeDistance(here, there) < 1e-5)
    }
    #expect(try predict(examples, 4).starts == outputs.starts)
  }
}

@Suite struct CrossEntropyTests {
  private let context = ComputeContext(threads: 1)

  /// The loss over two sequences of 2 and 1 tokens, with logits of 2 classes.
  private func loss(_ targets: [Target], rows: Int) -> (value: Double, gradient: [Float]) {
    let batch = TrainingBatch(
      packed: PackedBatch(
        [TokenSequence(ids: [5, 6]), TokenSequence(ids: [7])], places: [0, 1]),
      targets: targets, indices: [0, 1])
    let logits = Matrix(rows: rows, columns: 2)
    let gradient = Matrix(rows: rows, columns: 2)
    let loss = CrossEntropy()
    let value = loss.share(
      logits, batch, totals: StepTotals([loss.denominator], of: [batch]), gradient: gradient,
      on: context)
    return (value, gradient.values())
  }

  @Test func `it is a mean over the sequences whose class is known`() {
    let (value, gradient) = loss([.label(1), .none], rows: 2)
    #expect(abs(value - 0.693_147_18) < 1e-7)
    #expect(gradient == [0.5, -0.5, 0, 0])
    #expect(loss([.none, .none], rows: 2).value == 0)
  }

  @Test func `it is a mean over the tokens whose class is known`() {
    // All tokens have logits, then those alone whose class is known.
    for targets in [
      [Target.tokenLabels([-100, 1]), .tokenLabels([0])], [.tokenLabels([1, 0]), .none],
    ] {
      for rows in [3, 2] {
        let (value, gradient) = loss(targets, rows: rows)
        #expect(abs(value - 0.693_147_18) < 1e-7)
        #expect(gradient.filter { $0 != 0 } == [0.25, -0.25, -0.25, 0.25])
      }
    }
    let (_, gradient) = loss([.tokenLabels([1, 0]), .none], rows: 3)
    #expect(gradient == [0.25, -0.25, -0.25, 0.25, 0, 0])
    // One that is asked for and not known has logits, and no loss.
    let unknown = loss([.tokenLabels([unknownLabel, 1]), .tokenLabels([0])], rows: 3)
    #expect(unknown.gradient == [0, 0, 0.25, -0.25, -0.25, 0.25])
    #expect(loss([.tokenLabels([unknownLabel, -100]), .none], rows: 1).value == 0)
  }
}
