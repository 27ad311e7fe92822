internal import Files

extension Runner {
  /// Looks for everything that can be found wrong before any work, or any folder is made, and tells
  /// all of it at once.
  ///
  /// - Throws: `PipelineError` with every fault, and the exit code of the first.
  func checkBeforeWork(_ selection: StageSelection, _ planner: borrowing Planner) throws {
    let unneeded = planner.unneeded(of: selection)
    let working = pipeline.stages.filter {
      selection.selected.contains($0.name) && !unneeded.contains($0.name) && !planner.isFrozen($0)
    }
    var foresight = Foresight(pipeline, exitStatus: services.exitStatus)
    foresight.lookForSources(of: working, advice: services.missingAdvice)
    let wanted = Set(working.map(\.name))
    var current: Set<String> = []
    for stage in pipeline.stages where planner.isPlainlyCurrent(stage, current) {
      current.insert(stage.name)
    }
    let toMake = working.filter { !current.contains($0.name) }
    guard !toMake.isEmpty else { return try foresight.finish() }
    for stage in pipeline.stages {
      let isWanted = wanted.contains(stage.name) && !current.contains(stage.name)
      foresight.look(at: stage, isWanted: isWanted) { name in
        // Nothing is foreseen of what was adopted: it is looked at.
        guard let maker = pipeline.producer(of: name), planner.isFrozen(maker.stage) else {
          return nil
        }
        let path = pipeline.path(of: maker.output, of: maker.stage)
        return fileExists(path) ? path : nil
      }
      guard isWanted else { continue }
      foresight.lookAtOutputs(of: stage) { output in
        try requireOurs(output, of: stage, planner.manifest)
      }
    }
    try foresight.finish()
  }
}

extension Planner {
  /// Whether nothing speaks against a stage being current, as far as can be told without reading
  /// anything; `current` are those of the stages before it.
  func isPlainlyCurrent(_ stage: PipelineStage, _ current: Set<String>) -> Bool {
    guard !forced.contains(stage.name), verifier.trustsSignatures,
      let record = manifest.stages[stage.name], record.status.hasOutputs
    else { return false }
    guard record.status != .frozen else { return true }
    var inputs: [String: [StageInput]] = [:]
    for input in stage.inputs {
      let paths = input.names.flatMap { name in
        pipeline.producer(of: name).map { [pipeline.path(of: $0.output, of: $0.stage)] }
          ?? pipeline.source(name)?.paths ?? []
      }
      for (name, producer) in input.names.map({ ($0, pipeline.producer(of: $0)) }) {
        if let producer, !current.contains(producer.stage.name) { return false }
        if producer == nil, !isUnchanged(sources: pipeline.source(name)?.paths ?? []) {
          return false
        }
      }
      let known = record.inputs.filter { $0.port == input.port }
      guard known.count == paths.count else { return false }
      inputs[input.port] = known.map {
        StageInput(name: $0.name, path: $0.path, contentDigest: $0.content)
      }
      // What the record names is what is read now.
      guard Set(known.map(\.name)) == Set(input.names) else { return false }
    }
    guard Fingerprint(of: stage, inputs: inputs) == record.fingerprint else { return false }
    return stage.outputs.allSatisfy { output in
      guard let made = record.outputs.first(where: { $0.port == output.port }) else {
        return false
      }
      let path = pipeline.path(of: output, of: stage)
      return (try? PathSignature(of: path)) == made.signature
    }
  }

  private func isUnchanged(sources paths: [String]) -> Bool {
    paths.allSatisfy { path in
      guard let known = manifest.sources[path] else { return false }
      return (try? PathSignature(of: path)) == known.signature
    }
  }
}
