import Compute

/// `h0 = dropout(LayerNorm(word[id] + position[p] + type[t])) W^T + b`: the hidden state that layer 1
/// reads.
///
/// A family without segments leaves out the type, a model that is not told them takes the first; where
/// embeddings are as wide as states, nothing is multiplied at the end.
struct Embeddings: Sendable {
  let word: Parameter  // [V, E]
  let position: Parameter  // [positions, E]
  let type: Parameter?  // [types, E]
  let readsSegments: Bool
  let norm: LayerNorm
  let dropout: DropoutSite
  let projection: Linear?  // [C, E]

  /// What backward needs.
  struct Record {
    let norm: LayerNorm.Record
    let normalized: HiddenState?  // [N, E], after dropout; nil without projection
  }

  init(_ configuration: ModelConfiguration, in layout: inout ParameterLayout) {
    let (family, width) = (configuration.family, configuration.embeddingWidth)
    func table(_ name: String, _ rows: Int) -> Parameter {
      layout.declare(
        "bert.embeddings.\(name).weight", shape: [rows, width], decays: true,
        initialization: .normal)
    }
    word = table("word_embeddings", configuration.vocabularySize)
    position = table("position_embeddings", configuration.maximumPositions)
    readsSegments = configuration.readsSegments
    type =
      family.hasSegments ? table("token_type_embeddings", configuration.typeVocabularySize) : nil
    norm = LayerNorm(
      "bert.embeddings.LayerNorm", channels: width, epsilon: configuration.layerNormEpsilon,
      in: &layout)
    dropout = DropoutSite("embeddings.dropout", probability: configuration.hiddenDropout)
    projection =
      width == configuration.hiddenSize
      ? nil
      : Linear(
        "bert.embeddings_project", inputs: width, outputs: configuration.hiddenSize, in: &layout)
  }

  var parameters: [Parameter] {
    [word, position] + (type.map { [$0] } ?? []) + norm.parameters + (projection?.parameters ?? [])
  }

  /// The row of the table of types that each row of a batch adds.
  private func types(of batch: PackedBatch) -> [Int32] {
    readsSegments ? batch.tokenTypes : [Int32](repeating: 0, count: batch.tokens)
  }

  /// Memory for the embeddings of a batch.
  func makeRecord(_ pass: ForwardPass) -> Record {
    let (rows, width, arena) = (pass.batch.tokens, word.columns, pass.arena)
    return Record(
      norm: LayerNorm.Record(rows: rows, columns: width, in: arena),
      normalized: projection.map { _ in
        HiddenState(rows: rows, columns: width, precision: pass.context.precision, in: arena)
      })
  }

  /// `y`: `[N, C]`, overwritten.
  func forward(into y: HiddenState, _ record: Record, _ pass: ForwardPass) {
    let (batch, sum) = (pass.batch, record.norm.sum)
    let normalized = record.normalized ?? y
    pass.context.gatherEmbeddings(
      word: pass.weights[word], position: pass.weights[position],
      type: type.map { pass.weights[$0] }, ids: batch.tokenIds, positions: batch.positions,
      types: types(of: batch), into: sum)
    norm.forward(sum, into: normalized.values, operand: normalized.operand, record.norm, pass)
    if let mask = dropout.mask(pass.dropout, batch.rowAddresses) {
      pass.context.applyDropout(
        normalized.values, mask, into: normalized.values, operand: normalized.operand)
    }
    if let projection {
      projection.forward(normalized.operand, into: y.values, pass)
      pass.context.copy(y.values, into: y.operand)
    }
  }

  /// `dy`: `[N, C]`; `scratch` and `masked`: `[N, C]`, overwritten.
  func backward(
    _ dy: Matrix, scratch: Matrix, masked: Matrix, _ record: Record, _ pass: BackwardPass
  ) {
    guard let projection, let normalized = record.normalized else {
      return normBackward(dy, scratch: scratch, masked: masked, record, pass)
    }
    let (rows, width, arena) = (dy.rows, word.columns, pass.arena)
    let doperand = HiddenState(dy, precision: pass.context.precision, in: arena).operand
    pass.context.copy(dy, into: doperand)
    let dnormalized = arena.matrix(rows, width)
    projection.backward(doperand, x: normalized.operand, into: dnormalized, pass)
    normBackward(
      dnormalized, scratch: arena.matrix(rows, width), masked: dnormalized, record, pass)
  }

  /// `dy`: `[N, E]`; `scratch` and `masked`: `[N, E]`, overwritten; `masked` may be `dy`.
  private func normBackward(
    _ dy: Matrix, scratch: Matrix, masked: Matrix, _ record: Record, _ pass: BackwardPass
  ) {
    let batch = pass.batch
    var dnormalized = dy
    if let mask = dropout.mask(pass.dropout, batch.rowAddresses) {
      pass.context.applyDropout(dy, mask, into: masked)
      dnormalized = masked
    }
    norm.backward(dnormalized, into: scratch, record.norm, pass)
    // As PyTorch's `padding_idx`: the embedding of padding learns nothing.
    pass.context.scatterAdd(
      scratch, rows: batch.tokenIds, into: pass.gradients[word], leavingOut: batch.padding?.token)
    pass.context.scatterAdd(scratch, rows: batch.positions, into: pass.gradients[position])
    if let type {
      pass.context.scatterAdd(scratch, rows: types(of: batch), into: pass.gradients[type])
    }
  }
}

/// The rows of a table that the gradient of a step can reach; in all others it is zero.
public struct GradientRows: Sendable, Equatable {
  /// The table, `[rows, E]`.
  public let parameter: Parameter
  /// Its rows, ascending, each once.
  public let rows: [Int32]

  /// Names rows of a table; they ascend.
  public init(_ parameter: Parameter, rows: [Int32]) {
    self.parameter = parameter
    self.rows = rows
  }
}

extension BertModel {
  /// The rows of the word and position tables that batches look up.
  ///
  /// A table that the head multiplies with has a dense gradient, as the word table has under a
  /// masked-language head: it is left out.
  public func gradientRows(of batches: [PackedBatch]) -> [GradientRows] {
    let dense = headLayers?.shared ?? []
    let tables: [(parameter: Parameter, rows: KeyPath<PackedBatch, [Int32]>)] = [
      (embeddings.word, \.tokenIds), (embeddings.position, \.positions),
    ]
    return tables.filter { !dense.contains($0.parameter) }.map { parameter, rows in
      var isReached = [Bool](repeating: false, count: parameter.rows)
      for batch in batches {
        for row in batch[keyPath: rows] { isReached[Int(row)] = true }
      }
      return GradientRows(
        parameter, rows: isReached.indices.filter { isReached[$0] }.map { Int32($0) })
    }
  }
}
