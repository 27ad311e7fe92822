import Compute
import TestSupport
import Testing
import Training
import Transformer

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

  /// Rows of three steps: one comes back, most are never reached.
  private static let reached: [[Int32]] = [[0, 3, 4, 400], [3, 699], [1, 2, 400, 401]]

  @Test(arguments: rules.indices)
  func `Updates of few rows give the bits of updates of all`(rule: Int) throws {
    let layout = Self.layout
    let table = try #require(layout["table"])
    let bias = try #require(layout["bias"])
    let (whole, few) = (ParameterSet(layout), ParameterSet(layout))
    var numbers = ArbitraryNumbers(5)
    let start = (0..<layout.count).map { _ in Float(numbers.below(2001)) / 1000 - 1 }
    for weights in [whole, few] { weights.values.assign(start) }
    let dense = Optimizer([table, bias], in: layout, options: Self.rules[rule], on: context)
    let sparse = Optimizer([table, bias], in: layout, options: Self.rules[rule], on: context)
    for (step, rows) in Self.reached.enumerated() {
      let gradients = ParameterSet(layout)
      for row in rows.map({ Int($0) }) {
        for column in 0..<37 { gradients[table][row, column] = Float(numbers.below(2001)) - 1000 }
      }
      gradients[bias].fill(0.25)
      let norm = try dense.update(whole, gradients: gradients, step: step, learningRate: 0.01)
      let other = try sparse.update(
        few, gradients: gradients, sparse: [GradientRows(table, rows: rows)], step: step,
        learningRate: 0.01)
      #expect(abs(norm - other) <= 1e-12 * norm)
      #expect(whole.values.values() == few.values.values(), "step \(step)")
      #expect(dense.firstMoment.values.values() == sparse.firstMoment.values.values())
      #expect(dense.secondMoment.values.values() == sparse.secondMoment.values.values())
    }
  }

  @Test func `A step between that reaches every row is not forgotten`() throws {
    let layout = Self.layout
    let table = try #require(layout["table"])
    let (whole, few) = (ParameterSet(layout), ParameterSet(layout))
    let options = OptimizerOptions(.adamW, weightDecay: 0.01)
    let dense = Optimizer([table], in: layout, options: options, on: context)
    let mixed = Optimizer([table], in: layout, options: options, on: context)
    for step in 0..<3 {
      let gradients = ParameterSet(layout)
      if step == 1 { gradients.values.fill(1) } else { gradients[table][7, 7] = 1 }
      try dense.update(whole, gradients: gradients, step: step, learningRate: 0.01)
      try mixed.update(
        few, gradients: gradients, sparse: step == 1 ? [] : [GradientRows(table, rows: [7])],
        step: step, learningRate: 0.01)
    }
    #expect(whole.values.values() == few.values.values())
  }

  @Test func `A model names the rows that its batches look up, each once`() throws {
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

  @Test func `Rows are cleared, summed and told from zero one by one`() {
    let table = Matrix(rows: 900, columns: 33)
    table.fill(2)
    context.clearRows(table, rows: [0, 5, 899])
    #expect(table.values().reduce(0, +) == 2 * 33 * 897)
    #expect(context.sumOfSquares(table, rows: [0, 1, 5, 6]) == 2 * 33 * 4)
    let found = context.rowsOtherThanZero(table)
    #expect(found.indices.filter { !found[$0] } == [0, 5, 899])
    context.clear(table)
    #expect(table.values().allSatisfy { $0 == 0 })
  }
}
