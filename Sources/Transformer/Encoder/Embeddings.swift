import Compute

/// `h0 = dropout(LayerNorm(word[id] + position[p] + type[t]))`: the hidden state that layer 1 reads.
struct Embeddings: Sendable {
  let word: Parameter  // [V, C]
  let position: Parameter  // [P, C]
  let type: Parameter  // [T, C]
  let norm: LayerNorm
  let dropout: DropoutSite

  init(_ configuration: ModelConfiguration, in layout: inout ParameterLayout) {
    func table(_ name: String, _ rows: Int) -> Parameter {
      layout.declare(
        "bert.embeddings.\(name).weight", shape: [rows, configuration.hiddenSize], decays: true,
        initialization: .normal)
    }
    word = table("word_embeddings", configuration.vocabularySize)
    position = table("position_embeddings", configuration.maximumPositions)
    type = table("token_type_embeddings", configuration.typeVocabularySize)
    norm = LayerNorm(
      "bert.embeddings.LayerNorm", channels: configuration.hiddenSize,
      epsilon: configuration.layerNormEpsilon, in: &layout)
    dropout = DropoutSite("embeddings.dropout", probability: configuration.hiddenDropout)
  }

  var parameters: [Parameter] { [word, position, type] + norm.parameters }

  /// `y`: `[N, C]`, overwritten.
  func forward(into y: HiddenState, _ record: LayerNorm.Record, _ pass: ForwardPass) {
    let batch = pass.batch
    pass.context.gatherEmbeddings(
      word: pass.weights[word], position: pass.weights[position], type: pass.weights[type],
      ids: batch.tokenIds, positions: batch.positions, types: batch.tokenTypes, into: record.sum)
    norm.forward(record.sum, into: y.values, operand: y.operand, record, pass)
    if let mask = dropout.mask(pass.dropout, batch.rowAddresses) {
      pass.context.applyDropout(y.values, mask, into: y.values, operand: y.operand)
    }
  }

  /// `dy`: `[N, C]`; `scratch` and `masked`: `[N, C]`, overwritten.
  func backward(
    _ dy: Matrix, scratch: Matrix, masked: Matrix, _ record: LayerNorm.Record, _ pass: BackwardPass
  ) {
    let batch = pass.batch
    var dnormalized = dy
    if let mask = dropout.mask(pass.dropout, batch.rowAddresses) {
      pass.context.applyDropout(dy, mask, into: masked)
      dnormalized = masked
    }
    norm.backward(dnormalized, into: scratch, record, pass)
    pass.context.scatterAdd(scratch, rows: batch.tokenIds, into: pass.gradients[word])
    pass.context.scatterAdd(scratch, rows: batch.positions, into: pass.gradients[position])
    pass.context.scatterAdd(scratch, rows: batch.tokenTypes, into: pass.gradients[type])
  }
}

/// The rows of a table that the gradient of a step can reach; in all others it is zero.
public struct GradientRows: Sendable, Equatable {
  /// The table, `[rows, C]`.
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
