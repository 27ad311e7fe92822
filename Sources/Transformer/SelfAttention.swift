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
    var input: HiddenState  // [N, C]
    let qkv: Matrix  // [N, 3C]
    let probabilities: Matrix  // [1, H * sum of squared lengths], before dropout
    let context: Operand  // [N, C]
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

  /// Memory for the attention of a batch over `input`, `[N, C]`.
  func makeRecord(input: HiddenState, _ pass: ForwardPass) -> Record {
    let (rows, channels) = (input.values.rows, input.values.columns)
    let scoreCount = heads * pass.batch.sequences.squaredTotal
    return Record(
      input: input, qkv: pass.arena.matrix(rows, 3 * channels),
      probabilities: pass.arena.matrix(1, scoreCount),
      context: pass.arena.operand(rows, channels, pass.context.precision))
  }

  /// Fills the record from `record.input`; `scores` takes `S` where a tap wants it.
  func forward(scores: Matrix?, _ record: Record, _ pass: ForwardPass) {
    pass.context.linear(
      record.input.operand, pass.weights.joinedWeight(weights),
      bias: pass.weights.joined(biases), into: record.qkv)
    pass.context.attentionForward(
      qkv: record.qkv, sequences: pass.batch.sequences, heads: heads,
      dropout: dropout.attentionMask(pass.dropout, pass.batch.places), scores: scores,
      probabilities: record.probabilities, into: record.context)
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
    pass.context.attentionBackward(
      dcontext, qkv: record.qkv, probabilities: record.probabilities, scoreGradients: dscores,
      sequences: pass.batch.sequences, heads: heads,
      dropout: dropout.attentionMask(pass.dropout, pass.batch.places), into: dqkv)
    let parts = onlyScores ? 2 : 3
    let reached = Array(weights.prefix(parts))
    let reachedBiases = Array(biases.prefix(parts))
    // Values without gradient add zeros to the input's.
    pass.context.inputGradient(
      dqkv, pass.weights.joinedWeight(weights), into: dx, accumulating: !onlyScores)
    pass.context.weightGradient(
      dqkv.columns(0..<parts * dx.columns), record.input.operand,
      into: pass.gradients.joined(reached), bias: pass.gradients.joined(reachedBiases))
  }
}
