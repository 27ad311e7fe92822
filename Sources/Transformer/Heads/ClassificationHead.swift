import Compute

/// `logits = g(pooled) W^T + b`, where `g` is dropout (`hf`) or ReLU (`tinybert`).
struct ClassificationHead: Sendable {
  let style: ClassifierStyle
  let classifier: Linear  // [labels, C]
  let dropout: DropoutSite

  /// What backward needs, and the output.
  struct Record {
    let features: Matrix  // [B, C]
    let logits: Matrix  // [B, labels]
  }

  init(
    _ configuration: ModelConfiguration, labels: Int, style: ClassifierStyle,
    in layout: inout ParameterLayout
  ) {
    self.style = style
    classifier = Linear(
      "classifier", inputs: configuration.hiddenSize, outputs: labels, in: &layout)
    dropout = DropoutSite(
      "classifier.dropout",
      probability: configuration.classifierDropout ?? configuration.hiddenDropout)
  }

  /// `pooled`: `[B, C]`.
  func forward(_ pooled: Matrix, _ pass: ForwardPass) -> Record {
    var features = pooled
    switch style {
    case .hf:
      if let mask = dropout.mask(pass.dropout, pass.batch.sequenceAddresses) {
        features = pass.arena.matrix(pooled.rows, pooled.columns)
        pass.context.applyDropout(pooled, mask, into: features)
      }
    case .tinybert:
      features = pass.arena.matrix(pooled.rows, pooled.columns)
      pass.context.relu(pooled, into: features)
    }
    let logits = pass.arena.matrix(pooled.rows, classifier.weight.rows)
    classifier.forward(.fp32(features), into: logits, pass)
    return Record(features: features, logits: logits)
  }

  /// `dlogits`: `[B, labels]`; `pooled` and what is returned, d(loss)/d(pooled): `[B, C]`.
  func backward(
    _ dlogits: Matrix, pooled: Matrix, _ record: Record, _ pass: BackwardPass
  ) -> Matrix {
    let dpooled = pass.arena.matrix(pooled.rows, pooled.columns)
    classifier.backward(.fp32(dlogits), x: .fp32(record.features), into: dpooled, pass)
    switch style {
    case .hf:
      if let mask = dropout.mask(pass.dropout, pass.batch.sequenceAddresses) {
        pass.context.applyDropout(dpooled, mask, into: dpooled)
      }
    case .tinybert:
      pass.context.reluBackward(dpooled, pooled, into: dpooled)
    }
    return dpooled
  }
}
