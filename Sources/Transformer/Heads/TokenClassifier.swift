import Compute

/// A linear layer on single tokens: `logits = dropout(h) W^T + b`.
struct TokenClassifier: HeadLayers {
  let classifier: Linear  // [outputs, C]
  let dropout: DropoutSite
  /// Every token of the batch, or those that it asks for.
  let rows: LogitShape.Rows

  /// Declares the layer under the name that transformers' classes give it.
  init(
    _ name: String, _ configuration: ModelConfiguration, outputs: Int, rows: LogitShape.Rows,
    dropout probability: Double, in layout: inout ParameterLayout
  ) {
    classifier = Linear(name, inputs: configuration.hiddenSize, outputs: outputs, in: &layout)
    dropout = DropoutSite("\(name).dropout", probability: probability)
    self.rows = rows
  }

  var parameters: [Parameter] { classifier.parameters }

  var logitShape: LogitShape { LogitShape(rows: rows, columns: classifier.weight.rows) }

  var lastLayer: Linear? { classifier }

  var lastDropout: Double { Double(dropout.probability) }

  func rows(of batch: PackedBatch) -> [Int32] {
    switch rows {
    case .sequences: batch.firstRows
    case .predictionRows: batch.predictionRows
    case .tokens: Array(0..<Int32(batch.tokens))
    }
  }

  /// `hidden`: `[R, C]`, the last layer's output at those rows.
  func forward(_ hidden: Matrix, _ pass: ForwardPass) -> HeadRecord {
    var features = hidden
    if let mask = dropout.mask(pass.dropout, addresses(of: pass.batch)) {
      features = pass.arena.matrix(hidden.rows, hidden.columns)
      pass.context.applyDropout(hidden, mask, into: features)
    }
    let logits = pass.arena.matrix(hidden.rows, classifier.weight.rows)
    classifier.forward(.fp32(features), into: logits, pass)
    return HeadRecord(logits: logits, features: features) { dlogits, pass in
      backward(dlogits, features, pass)
    }
  }

  /// `dlogits`: `[R, outputs]`; returns d(loss)/d(hidden), `[R, C]`.
  private func backward(_ dlogits: Matrix, _ features: Matrix, _ pass: BackwardPass) -> Matrix {
    let dhidden = pass.arena.matrix(features.rows, features.columns)
    classifier.backward(.fp32(dlogits), x: .fp32(features), into: dhidden, pass)
    if let mask = dropout.mask(pass.dropout, addresses(of: pass.batch)) {
      pass.context.applyDropout(dhidden, mask, into: dhidden)
    }
    return dhidden
  }

  /// The rows that the head reads, as dropout knows them.
  private func addresses(of batch: PackedBatch) -> RowAddresses {
    guard rows != .tokens else { return batch.rowAddresses }
    let (whole, read) = (batch.rowAddresses, rows(of: batch).map { Int($0) })
    return RowAddresses(
      places: read.map { whole.places[$0] }, positions: read.map { whole.positions[$0] })
  }
}
