public import Compute

extension BertModel {
  /// What a forward sweep is for.
  public enum Mode: Sendable {
    /// Dropout is on and everything backward needs is kept.
    case training(DropoutStreams)
    /// Dropout is off and nothing but the taps is kept: the teacher, and inference.
    case evaluation
    /// Dropout is on and nothing but the taps is kept: a teacher that draws.
    case sampling(DropoutStreams)
  }

  /// Runs the model on a batch as far as the taps need it, and keeps them.
  ///
  /// The batch must hold nothing the model has no embedding for, see ``validate(_:)``. The weights
  /// are over the model's layout or one that extends it. Everything made here lives in the arena
  /// until that is reset.
  public func forward(
    _ batch: PackedBatch, _ weights: ParameterSet, taps: Taps, mode: Mode,
    on context: ComputeContext, in arena: Arena
  ) -> Activations {
    check(taps)
    precondition(
      batch.sequences.longest <= configuration.longestSequence,
      "a sequence of \(batch.sequences.longest) tokens exceeds \(configuration.longestSequence)")
    let dropout: DropoutStreams?
    let keeping: Bool
    switch mode {
    case .training(let streams): (dropout, keeping) = (streams, true)
    case .evaluation: (dropout, keeping) = (nil, false)
    case .sampling(let streams): (dropout, keeping) = (streams, false)
    }
    let pass = ForwardPass(
      batch: batch, weights: weights, dropout: dropout, context: context, arena: arena)
    var made = Activations(batch: batch, dropout: dropout)
    let channels = configuration.hiddenSize

    if taps.logits, let headLayers { made.headRows = headLayers.rows(of: batch) }
    let depth = made.headRows.isEmpty ? self.depth(for: taps) : layers.count
    func state(_ rows: Int) -> HiddenState {
      HiddenState(rows: rows, columns: channels, precision: context.precision, in: arena)
    }
    context.refresh(weights.copies)
    var hidden = state(batch.tokens)
    let embeddingRecord = embeddings.makeRecord(pass)
    embeddings.forward(into: hidden, embeddingRecord, pass)
    if taps.hidden.contains(0) { made.keep(hidden, 0) }
    if keeping { made.embeddings = embeddingRecord }

    // In evaluation every layer works in `shared`, and what no tap keeps is written to `spare`.
    let spare =
      keeping ? nil : taps.hidden.contains(0) ? state(batch.tokens) : hidden
    var shared: EncoderLayer.Record?
    var selection: RowSelection?
    for (number, layer) in zip(1..., layers.prefix(depth)) {
      let isTapped = taps.hidden.contains(number)
      // What only the head reads is computed for its rows alone.
      if number == layers.count && !isTapped && !taps.scores.contains(number)
        && !taps.queriesKeysValues.contains(number)
      {
        selection = RowSelection(
          made.headRows, of: batch, channels: channels, evaluation: !keeping)
      }
      let rows = selection?.rows.count ?? batch.tokens
      let written = (isTapped ? nil : spare)?.prefix(rows) ?? state(rows)
      var record: EncoderLayer.Record
      if let shared, selection == nil {
        record = shared
      } else {
        record = layer.makeRecord(
          input: hidden, output: written, selection: selection, keeping: keeping, pass)
      }
      if !keeping {
        shared = shared ?? record
        // What a tap keeps is not written over by the next layer.
        if taps.queriesKeysValues.contains(number) {
          record.attention.projections = layer.attention.projections.makeRecord(
            input: hidden, selection: nil, pass)
        }
      }
      record.attention.projections.input = hidden
      record.attention.projections.distinct = number == 1 && !keeping ? batch.distinct : nil
      record.feedForward.output = written
      if taps.scores.contains(number) {
        made.taps.scores[number] = arena.matrix(
          1, layer.attention.scoreCount(selection, batch))
      }
      if taps.queriesKeysValues.contains(number) {
        made.taps.queriesKeysValues[number] = record.attention.projections.queriesKeysValues
      }
      if made.headRows.isEmpty && endsBeforeAttention(number, of: depth, taps) {
        layer.attention.projections.forward(record.attention.projections, pass)
      } else {
        layer.forward(scores: made.taps.scores[number], record, pass)
      }
      hidden = written
      if isTapped { made.keep(hidden, number) }
      if keeping { made.layers.append(record) }
    }
    guard let headLayers, !made.headRows.isEmpty else { return made }
    var read = hidden.values.rows(0..<made.headRows.count)
    if selection == nil {
      read = arena.matrix(made.headRows.count, channels)
      context.gatherRows(hidden.values, rows: made.headRows, into: read)
    }
    made.head = headLayers.forward(read, pass)
    made.taps.logits = made.head?.logits
    return made
  }
}
