import Compute

/// Multi-head attention within each sequence, up to the weighted values.
///
/// Per head of d = C / H channels: `S = Q K^T / sqrt(d)`, `context = dropout(softmax(S)) V`. `S`
/// before the softmax is what TinyBERT's attention loss compares (Jiao and others, 2020, equation 7).
struct SelfAttention: Sendable {
  let weights: [Parameter]  // query, key, value: each [C, C], adjacent: one [3C, C]
  let biases: [Parameter]  // query, key, value: each [C], adjacent: one [3C]
  let heads: Int
  let dropout: DropoutSite

  /// What backward needs.
  struct Record {
    var input: HiddenState  // [N, C]: what keys and values are made of
    var distinct: DistinctRows?  // of the input, where most of its rows are repetitions
    let projections: Projections
    let probabilities: Operand?  // [1, H * score count], before dropout; nil in evaluation
    let context: Operand  // [N, C] or [R, C]

    /// Set where R of the N rows attend.
    var selected: SelectedRows? {
      if case .selected(let selected) = projections { selected } else { nil }
    }

    /// The rows of the input that attend, `[N, C]` or `[R, C]`.
    var attending: HiddenState { selected?.input ?? input }

    var queries: Matrix {  // [N, C] or [R, C]
      switch projections {
      case .all(let qkv): qkv.columns(0..<qkv.columns / 3)
      case .selected(let selected): selected.queries
      }
    }

    var keysValues: Matrix {  // [N, 2C]
      switch projections {
      case .all(let qkv): qkv.columns(qkv.columns / 3..<qkv.columns)
      case .selected(let selected): selected.keysValues
      }
    }
  }

  /// Queries, keys and values: side by side, `[N, 3C]`, or apart where only some rows attend.
  enum Projections {
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

  init(_ name: String, _ configuration: ModelConfiguration, in layout: inout ParameterLayout) {
    let channels = configuration.hiddenSize
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
    heads = configuration.headCount
    dropout = DropoutSite("\(name).self.dropout", probability: configuration.attentionDropout)
  }

  /// What raw scores are made with: queries and keys.
  var scoreParameters: [Parameter] { Array(weights.prefix(2) + biases.prefix(2)) }

  /// Memory for the attention of a batch over `input`, `[N, C]`.
  ///
  /// With a `selection` only its rows attend; `keeping` is for what backward alone reads.
  func makeRecord(
    input: HiddenState, selection: RowSelection?, keeping: Bool, _ pass: ForwardPass
  ) -> Record {
    let (arena, precision) = (pass.arena, pass.context.precision)
    let (rows, channels) = (input.values.rows, input.values.columns)
    let count = selection?.rows.count ?? rows
    let projections =
      selection.map {
        Projections.selected(
          SelectedRows(
            selection: $0,
            input: HiddenState(rows: count, columns: channels, precision: precision, in: arena),
            queries: arena.matrix(count, channels), keysValues: arena.matrix(rows, 2 * channels)))
      } ?? .all(arena.matrix(rows, 3 * channels))
    return Record(
      input: input, projections: projections,
      probabilities: keeping
        ? arena.operand(1, scoreCount(selection, pass.batch), precision) : nil,
      context: arena.operand(count, channels, precision))
  }

  /// The size of all heads' score blocks.
  func scoreCount(_ selection: RowSelection?, _ batch: PackedBatch) -> Int {
    heads * (selection?.queries.scoreCount ?? batch.sequences.squaredTotal)
  }

  /// Fills the record from `record.input`; `scores` takes `S` where a tap wants it, of all rows.
  func forward(scores: Matrix?, _ record: Record, _ pass: ForwardPass) {
    let (context, input) = (pass.context, record.input.operand)
    switch record.projections {
    case .all(let qkv):
      project(input, record.distinct, into: qkv, pass)
    case .selected(let selected):
      selected.selection.gather(record.input, into: selected.input, on: context)
      context.linear(
        selected.input.operand, pass.weights.weight(weights[0]), bias: pass.weights[biases[0]],
        into: selected.queries)
      context.linear(
        input, pass.weights.joinedWeight(Array(weights[1...])),
        bias: pass.weights.joined(Array(biases[1...])), into: selected.keysValues)
    }
    context.attentionForward(
      queries: record.queries, keysValues: record.keysValues, sequences: pass.batch.sequences,
      attending: record.selected?.selection.queries, heads: heads,
      dropout: dropout.attentionMask(pass.dropout, pass.batch.places), scores: scores,
      probabilities: record.probabilities, into: record.context)
  }

  /// `input`: `[N, C]`; `qkv`: `[N, 3C]`, overwritten.
  private func project(
    _ input: Operand, _ distinct: DistinctRows?, into qkv: Matrix, _ pass: ForwardPass
  ) {
    let context = pass.context
    let (weight, bias) = (pass.weights.joinedWeight(weights), pass.weights.joined(biases))
    guard let distinct else { return context.linear(input, weight, bias: bias, into: qkv) }
    let rows = pass.arena.operand(distinct.rows.count, input.columns, input.precision)
    let made = pass.arena.matrix(rows.rows, qkv.columns)
    context.gatherRows(input, rows: distinct.rows, into: rows)
    context.linear(rows, weight, bias: bias, into: made)
    context.gatherRows(made, rows: distinct.kinds, into: qkv)
  }

  /// `dcontext`: `[N, C]`; `dqkv`: `[N, 3C]`, overwritten; `dscores` adds to what the context asks of
  /// `S`.
  ///
  /// `dx`, `[N, C]`, holds the residual's share and is added to. When nothing but `dscores` carries
  /// loss (`onlyScores`, with `dcontext` zero) it is overwritten, and the values get no gradient.
  func backward(
    _ dcontext: Matrix, dscores: Matrix?, onlyScores: Bool, dqkv: Operand, into dx: Matrix,
    _ record: Record, _ pass: BackwardPass
  ) {
    let channels = dx.columns
    attentionBackward(
      dcontext, dscores: dscores, into: dqkv.columns(0..<channels),
      dqkv.columns(channels..<3 * channels), record, pass)
    let parts = onlyScores ? 2 : 3
    let reached = Array(weights.prefix(parts))
    let reachedBiases = Array(biases.prefix(parts))
    // Values without gradient add zeros to the input's.
    pass.context.inputGradient(
      dqkv, pass.weights.joinedWeight(weights), into: dx, accumulating: !onlyScores)
    pass.context.weightGradient(
      dqkv.columns(0..<parts * channels), record.input.operand,
      into: pass.gradients.joined(reached), bias: pass.gradients.joined(reachedBiases))
  }

  /// The same where R rows attend.
  ///
  /// `dcontext`: `[R, C]`; `dselected`: `[R, C]`, holds the residual's share and is added to;
  /// `dx`: `[N, C]`, overwritten.
  func backward(
    _ dcontext: Matrix, _ dselected: Matrix, into dx: Matrix, _ selected: SelectedRows,
    _ record: Record, _ pass: BackwardPass
  ) {
    let (rows, channels, context) = (dx.rows, dx.columns, pass.context)
    let dqueries = pass.arena.operand(dcontext.rows, channels, context.precision)
    let dkeysValues = pass.arena.operand(rows, 2 * channels, context.precision)
    attentionBackward(dcontext, dscores: nil, into: dqueries, dkeysValues, record, pass)
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

  private func attentionBackward(
    _ dcontext: Matrix, dscores: Matrix?, into dqueries: Operand, _ dkeysValues: Operand,
    _ record: Record, _ pass: BackwardPass
  ) {
    guard let probabilities = record.probabilities else {
      preconditionFailure("backward needs the record of a forward sweep in training mode")
    }
    pass.context.attentionBackward(
      dcontext, queries: record.queries, keysValues: record.keysValues,
      probabilities: probabilities, scoreGradients: dscores,
      sequences: pass.batch.sequences, attending: record.selected?.selection.queries,
      heads: heads, dropout: dropout.attentionMask(pass.dropout, pass.batch.places),
      into: dqueries, dkeysValues)
  }
}
