import Compute
import TestSupport
import Testing
import Transformer

@testable import Training

@Suite struct SparseGradientTests {
  private let context = ComputeContext(threads: 2)
  private static let layout: ParameterLayout = {
    var layout = ParameterLayout()
    layout.declare("table", shape: [700, 37], decays: true, initialization: .normal)
    layout.declare("bias", shape: [37], decays: false, initialization: .zeros)
    return layout
  }()
  private static let rules: [OptimizerOptions] = [
    OptimizerOptions(.adamW, weightDecay: 0.01), OptimizerOptions(.adamW, weightDecay: 0),
    OptimizerOptions(.bertAdam, weightDecay: 0.01), OptimizerOptions(.bertAdam, weightDecay: 0),
    OptimizerOptions(.adamW, weightDecay: 0.01, clipping: .perTensor(0.5)),
  ]

  /// Two optimisers of the same table: one takes whole gradients, the other few rows.
  private final class Twins {
    let table: Parameter
    let bias: Parameter
    let dense: Optimizer
    let sparse: Optimizer
    private let gradients = ParameterSet(SparseGradientTests.layout)
    private var numbers: ArbitraryNumbers
    private(set) var step = 0

    init(_ options: OptimizerOptions, on context: ComputeContext) throws {
      let layout = SparseGradientTests.layout
      table = try #require(layout["table"])
      bias = try #require(layout["bias"])
      let (whole, few) = (ParameterSet(layout), ParameterSet(layout))
      var numbers = ArbitraryNumbers(5)
      let start = (0..<layout.count).map { _ in Float(numbers.below(2001)) / 1000 - 1 }
      self.numbers = numbers
      for weights in [whole, few] { weights.values.assign(start) }
      dense = Optimizer([table, bias], of: whole, options: options, on: context)
      sparse = Optimizer([table, bias], of: few, options: options, on: context)
    }

    /// Both take a step with gradients in some rows; `reached` is what the second is told of them.
    func take(_ rows: [Int32], reached: [GradientRows]? = nil) throws {
      gradients.values.fill(0)
      for row in rows.map({ Int($0) }) {
        for column in 0..<37 { gradients[table][row, column] = Float(numbers.below(2001)) - 1000 }
      }
      gradients[bias].fill(0.25)
      let rate = 0.01 / Double(step + 1)
      let norm = try dense.update(gradients: gradients, step: step, learningRate: rate)
      let other = try sparse.update(
        gradients: gradients, sparse: reached ?? [GradientRows(table, rows: rows)], step: step,
        learningRate: rate)
      #expect(abs(norm - other) <= 1e-12 * norm)
      step += 1
    }

    var areEqual: Bool {
      dense.weights.values.values() == sparse.weights.values.values()
        && dense.firstMoment.values.values() == sparse.firstMoment.values.values()
        && dense.secondMoment.values.values() == sparse.secondMoment.values.values()
    }

    /// Rows of a step: one that always comes back, some that seldom do.
    func someRows() -> [Int32] { [3] + Set((0..<9).map { _ in 4 + Int32(numbers.below(696)) }) }
  }

  @Test(arguments: rules.indices, [1, 7, 45])
  func `updates of few rows give the bits of updates of all, however seldom they are looked at`(
    rule: Int, interval: Int
  ) throws {
    let twins = try Twins(Self.rules[rule], on: context)
    for step in 1...45 {
      try twins.take(twins.someRows())
      if step % interval == 0 { #expect(twins.areEqual, "step \(step)") }
    }
  }

  @Test func `who names the rows gets those as they are after the last step`() throws {
    let twins = try Twins(Self.rules[0], on: context)
    for step in 0..<40 {
      try twins.take(twins.someRows())
      let rows = [Int32(step), 100, 699]
      let weights = twins.sparse.weights(reaching: [GradientRows(twins.table, rows: rows)])
      let expected = twins.dense.weights[twins.table]
      for row in rows.map({ Int($0) }) {
        for column in 0..<37 {
          #expect(weights[twins.table][row, column] == expected[row, column])
        }
      }
    }
    #expect(twins.areEqual)
  }

  @Test func `a step between that reaches every row is not forgotten`() throws {
    let twins = try Twins(Self.rules[0], on: context)
    for step in 0..<30 {
      try twins.take(twins.someRows(), reached: step % 10 == 4 ? [] : nil)
    }
    #expect(twins.areEqual)
  }

  @Test(arguments: [1, 5, 16, 700]) func `no row is behind by more than the limit`(count: Int) {
    var rows = PendingRows(rows: count)
    var places = [Int](repeating: 0, count: count)
    for step in 1...50 {
      rows.add(
        AdamStep(.adamW, learningRate: Double(step), weightDecay: 0, step: step), takenBy: [0])
      places[0] = step
      #expect(rows.steps.count == min(step, PendingRows.limit))
      let behind = rows.takeBehind(rows.due)
      for (row, taken) in zip(behind.rows, behind.taken) {
        // What it has still to take ends with the last step.
        #expect(rows.steps.count - taken == step - places[Int(row)])
        places[Int(row)] = step
      }
      #expect(places.allSatisfy { step - $0 < PendingRows.limit })
    }
  }

  @Test func `a model names the rows that its batches look up, each once`() throws {
    let configuration = ModelConfiguration(
      vocabularySize: 20, hiddenSize: 8, layerCount: 1, headCount: 2, intermediateSize: 16,
      maximumPositions: 9)
    let batches = [
      PackedBatch(
        [TokenSequence(ids: [2, 7, 7, 3]), TokenSequence(ids: [2, 3])], places: [0, 1]),
      PackedBatch([TokenSequence(ids: [2, 19, 3])], places: [2]),
    ]
    let encoder = try BertModel(configuration, head: .none)
    let rows = encoder.gradientRows(of: batches)
    #expect(
      rows.map(\.parameter.name) == [
        "bert.embeddings.word_embeddings.weight", "bert.embeddings.position_embeddings.weight",
      ])
    #expect(rows.map(\.rows) == [[2, 3, 7, 19], [0, 1, 2, 3]])
    let language = try BertModel(configuration, head: .maskedLanguage)
    #expect(
      language.gradientRows(of: batches).map(\.parameter.name) == [
        "bert.embeddings.position_embeddings.weight"
      ])
  }

  @Test func `rows are cleared and summed one by one`() {
    let table = Matrix(rows: 900, columns: 33)
    table.fill(2)
    context.clearRows(table, rows: [0, 5, 899])
    #expect(table.values().reduce(0, +) == 2 * 33 * 897)
    #expect(context.sumOfSquares(table, rows: [0, 1, 5, 6]) == 2 * 33 * 4)
    context.clear(table)
    #expect(table.values().allSatisfy { $0 == 0 })
  }
}
