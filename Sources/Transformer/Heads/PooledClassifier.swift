import Compute

/// BERT's classifier: `logits = g(pooled) W^T + b`, where `pooled` is the pooler's output and `g` is
/// dropout (`hf`) or ReLU (`tinybert`).
struct PooledClassifier: HeadLayers {
  let style: ClassifierStyle
  let pooler: Pooler
  let classifier: Linear  // [labels, C]
  let dropout: DropoutSite

  /// What backward needs.
  struct Record {
    let pooler: Pooler.Record
    let features: Matrix  // [B, C]
  }

  init(
    _ configuration: ModelConfiguration, labels: Int, style: ClassifierStyle, pooler: Pooler,
    in layout: inout ParameterLayout
  ) {
    self.style = style
    self.pooler = pooler
    classifier = Linear(
      "classifier", inputs: configuration.hiddenSize, outputs: labels, in: &layout)
    dropout = DropoutSite(
      "classifier.dropout",
      probability: configuration.classifierDropout ?? configuration.hiddenDropout)
  }

  /// The classifier's; the pooler belongs to the encoder.
  var parameters: [Parameter] { classifier.parameters }

  var logitShape: LogitShape { LogitShape(rows: .sequences, columns: classifier.weight.rows) }

  var firstLayer: Linear? { pooler.dense }

  var lastLayer: Linear? { classifier }

  var lastDropout: Double { style == .hf ? Double(dropout.probability) : 0 }

  /// Each sequence's first token.
  func rows(of batch: PackedBatch) -> [Int32] { batch.firstRows }

  /// `first`: `[B, C]`, the last layer's output at each sequence's first token.
  func forward(_ first: Matrix, _ pass: ForwardPass) -> HeadRecord {
    let pooling = pooler.forward(first, pass)
    let pooled = pooling.pooled
    var features = pooled
    switch style {
    case .hf:
      if let mask = dropout.mask(pass.dropout, pass.batch.sequenceAddresses) {
        features = pass.arena.matrix(pooled.rows, pooled.columns)
        pass.context.applyDropout(pooled, mask, into: features)
      }
    case .tinybert:
      features = pass.arena.matrix(pooled.rows, pooled.columns)
      pass.context.apply(.relu, to: pooled, into: features)
    }
    let logits = pass.arena.matrix(pooled.rows, classifier.weight.rows)
    classifier.forward(.fp32(features), into: logits, pass)
    let record = Record(pooler: pooling, features: features)
    return HeadRecord(logits: logits, features: features) { dlogits, pass in
      backward(dlogits, record, pass)
    }
  }

  /// `dlogits`: `[B, labels]`; returns d(loss)/d(first), `[B, C]`.
  private func backward(_ dlogits: Matrix, _ record: Record, _ pass: BackwardPass) -> Matrix {
    let pooled = record.pooler.pooled
    let dpooled = pass.arena.matrix(pooled.rows, pooled.columns)
    classifier.backward(.fp32(dlogits), x: .fp32(record.features), into: dpooled, pass)
    switch style {
    case .hf:
      if let mask = dropout.mask(pass.dropout, pass.batch.sequenceAddresses) {
        pass.context.applyDropout(dpooled, mask, into: dpooled)
      }
    case .tinybert:
      pass.context.applyBackward(.relu, dpooled, at: pooled, into: dpooled)
    }
    return pooler.backward(dpooled, record.pooler, pass)
  }
}
