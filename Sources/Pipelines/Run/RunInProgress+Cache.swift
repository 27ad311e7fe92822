internal import Files

extension RunInProgress {
  /// What an earlier attempt has made of the same options and inputs, verified; nil where the stage has to
  /// run.
  ///
  /// - Throws: `StageInterruption` where a request to stop ends the reading.
  func kept(
    for stage: PipelineStage, _ decision: Planner.Decision
  ) throws -> RunCache.Entry? {
    guard runner.options.usesRunCache, let inputs = decision.inputs,
      !planner.forced.contains(stage.name)
    else { return nil }
    let fingerprint = Fingerprint(of: stage, inputs: inputs)
    // What was begun under --force is gone on with.
    let previous = planner.manifest.stages[stage.name]
    let goesOn = previous.map { !$0.status.hasOutputs && $0.fingerprint == fingerprint } ?? false
    guard !goesOn || !CheckpointShelf(workspace, of: stage.name).hasProgress else { return nil }
    guard let entry = try cache.find(fingerprint, for: stage) else { return nil }
    guard try cache.isIntact(entry, for: stage, planner.verifier) else {
      try cache.remove(entry)
      runner.events(
        .note(
          stage: stage.name,
          text: "what attempt \(entry.attempt.id.prefix(8)) made is damaged and not used"))
      return nil
    }
    return entry
  }

  /// Takes what an earlier attempt has made for the outputs of a stage, and its record for the stage's.
  ///
  /// The manifest is the last to know: a kill before leaves it with an output that is not what it says,
  /// which the next run finds, and does this again.
  mutating func restore(
    _ stage: PipelineStage, _ decision: Planner.Decision, _ entry: RunCache.Entry
  ) throws {
    let previous = planner.manifest.stages[stage.name]
    if let previous { try makeWay(previous, of: stage.name) }
    let shelf = CheckpointShelf(workspace, of: stage.name)
    let fingerprint = entry.attempt.record.fingerprint
    if let previous, !previous.status.hasOutputs, previous.fingerprint != fingerprint {
      try shelf.setAside(previous.fingerprint, keeping: fingerprint)
    } else {
      try removeTree(shelf.current)
    }
    var record = entry.attempt.record
    record.id = entry.attempt.id
    record.inputs = StageRecord.inputs(of: stage, decision.inputs ?? [:])
    record.outputs = try stage.outputs.map { output in
      let path = runner.pipeline.path(of: output, of: stage)
      guard let known = record.outputs.first(where: { $0.port == output.port }) else {
        preconditionFailure("an entry without \(output.port) was taken for \(stage.name)")
      }
      try LinkedCopy.put(entry.place(of: output.port), at: path)
      return OutputRecord(
        port: output.port, name: output.name, path: path, digests: known.digests,
        signature: try PathSignature(of: path))
    }
    planner.manifest.run = runRecord
    planner.manifest.createdBy = runner.services.createdBy
    try save(record, of: stage.name)
    runner.events(.stageRestored(name: stage.name, record: record))
  }

  /// Remembers an attempt that another one is about to follow, and keeps what it made.
  func makeWay(_ previous: StageRecord, of stage: String) throws {
    try archive.keep(previous, of: stage, planner.manifest)
    guard runner.options.usesRunCache, let remark = try cache.keep(previous, of: stage) else {
      return
    }
    runner.events(.note(stage: stage, text: remark))
  }
}

extension StageRecord {
  /// The inputs of a stage as its record names them.
  static func inputs(of stage: PipelineStage, _ inputs: [String: [StageInput]]) -> [InputRecord] {
    stage.inputs.flatMap { input in
      inputs[input.port, default: []].map {
        InputRecord(port: input.port, name: $0.name, path: $0.path, content: $0.contentDigest)
      }
    }
  }
}
