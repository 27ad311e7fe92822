import Compute

/// The products in front of the attention: queries, keys and values, each `x W^T + b`.
///
/// Where every row attends they are one product. Where R of the N rows attend, queries are made of
/// those rows alone.
struct AttentionProjections: Sendable {
  let weights: [Parameter]  // query, key, value: each [C, C], adjacent: one [3C, C]
  let biases: [Parameter]  // query, key, value: each [C], adjacent: one [3C]

  /// What backward needs, and the output.
  struct Record {
    var input: HiddenState  // [N, C]: what keys and values are made of
    var distinct: DistinctRows?  // of the input, where most of its rows are repetitions
    let made: Made

    /// Set where R of the N rows attend.
    var selected: SelectedRows? {
      if case .selected(let selected) = made { selected } else { nil }
    }

    /// All three side by side, `[N, 3C]`; nil where not all rows attend.
    var queriesKeysValues: Matrix? {
      if case .all(let qkv) = made { qkv } else { nil }
    }

    var queries: Matrix {  // [N, C] or [R, C]
      switch made {
      case .all(let qkv): qkv.columns(0..<qkv.columns / 3)
      case .selected(let selected): selected.queries
      }
    }

    var keysValues: Matrix {  // [N, 2C]
      switch made {
      case .all(let qkv): qkv.columns(qkv.columns / 3..<qkv.columns)
      case .selected(let selected): selected.keysValues
      }
    }
  }

  /// Queries, keys and values: side by side, `[N, 3C]`, or apart where only some rows attend.
  enum Made {
    case all(Matrix)
    case selected(SelectedRows)
  }

  /// R of the N rows of a layer's input, and what is made of them and of all.
  struct SelectedRows {
    let selection: RowSelection
    let input: HiddenState  // [R, C]
    let queries: Matrix  // [R, C]
    let keysValues: Matrix  // [N, 2C]
  }

  /// `name`: of the attention block.
  init(_ name: String, channels: Int, in layout: inout ParameterLayout) {
    let parts = ["query", "key", "value"]
    weights = parts.map {
      layout.declare(
        "bert.\(name).self.\($0).weight", shape: [channels, channels], decays: true,
        initialization: .normal)
    }
    biases = parts.map {
      layout.declare(
        "bert.\(name).self.\($0).bias", shape: [channels], decays: false, initialization: .zeros)
    }
  }

  var parameters: [Parameter] { weights + biases }

  /// Memory for the products of `input`, `[N, C]`; with a `selection` only its rows attend.
  func makeRecord(
    input: HiddenState, selection: RowSelection?, _ pass: ForwardPass
  ) -> Record {
    let (arena, rows, channels) = (pass.arena, input.values.rows, input.values.columns)
    guard let selection else {
      return Record(input: input, made: .all(arena.matrix(rows, 3 * channels)))
    }
    let count = selection.rows.count
    let selected = SelectedRows(
      selection: selection,
      input: HiddenState(
        rows: count, columns: channels, precision: pass.context.precision, in: arena),
      queries: arena.matrix(count, channels), keysValues: arena.matrix(rows, 2 * channels))
    return Record(input: input, made: .selected(selected))
  }

  /// Fills the record from `record.input`.
  func forward(_ record: Record, _ pass: ForwardPass) {
    let (context, all) = (pass.context, pass.weights)
    switch record.made {
    case .all(let qkv):
      let (weight, bias) = (all.joinedWeight(weights), all.joined(biases))
      guard let distinct = record.distinct else {
        return context.linear(record.input.operand, weight, bias: bias, into: qkv)
      }
      distinct.onceForEachKind(record.input.operand, into: qkv, pass) { rows, made in
        context.linear(rows, weight, bias: bias, into: made)
      }
    case .selected(let selected):
      selected.selection.gather(record.input, into: selected.input, on: context)
      context.linear(
        selected.input.operand, all.weight(weights[0]), bias: all[biases[0]],
        into: selected.queries)
      context.linear(
        record.input.operand, all.joinedWeight(Array(weights[1...])),
        bias: all.joined(Array(biases[1...])), into: selected.keysValues)
    }
  }

  /// `dqkv`: `[N, 3C]`; `dx`: `[N, C]`, overwritten, or added to when `accumulating`.
  ///
  /// With `onlyScores` the values' share of `dqkv` is zero, and they get no gradient.
  func backward(
    _ dqkv: Operand, onlyScores: Bool, into dx: Matrix, accumulating: Bool, _ record: Record,
    _ pass: BackwardPass
  ) {
    let parts = onlyScores ? 2 : 3
    // Values without gradient add zeros to the input's.
    pass.context.inputGradient(
      dqkv, pass.weights.joinedWeight(weights), into: dx, accumulating: accumulating)
    pass.context.weightGradient(
      dqkv.columns(0..<parts * dx.columns), record.input.operand,
      into: pass.gradients.joined(Array(weights.prefix(parts))),
      bias: pass.gradients.joined(Array(biases.prefix(parts))))
  }

  /// The same where R rows attend.
  ///
  /// `dqueries`: `[R, C]`; `dkeysValues`: `[N, 2C]`; `dselected`: `[R, C]`, holds the residual's share
  /// and is added to; `dx`: `[N, C]`, overwritten.
  func backward(
    _ dqueries: Operand, _ dkeysValues: Operand, _ dselected: Matrix, into dx: Matrix,
    _ selected: SelectedRows, _ record: Record, _ pass: BackwardPass
  ) {
    let context = pass.context
    context.inputGradient(
      dqueries, pass.weights.weight(weights[0]), into: dselected, accumulating: true)
    selected.selection.scatter(dselected, into: dx, on: context)
    context.inputGradient(
      dkeysValues, pass.weights.joinedWeight(Array(weights[1...])), into: dx, accumulating: true)
    context.weightGradient(
      dqueries, selected.input.operand, into: pass.gradients[weights[0]],
      bias: pass.gradients[biases[0]])
    context.weightGradient(
      dkeysValues, record.input.operand, into: pass.gradients.joined(Array(weights[1...])),
      bias: pass.gradients.joined(Array(biases[1...])))
  }
}
