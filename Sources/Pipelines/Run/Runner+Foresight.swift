internal import Files

extension Runner {
  /// Looks for everything that can be found wrong before any work, or any folder is made, and tells
  /// all of it at once.
  ///
  /// - Throws: `PipelineError` with every fault, and the exit code of the first.
  func checkBeforeWork(_ selection: StageSelection, _ planner: borrowing Planner) throws {
    let unneeded = planner.unneeded(of: selection)
    let adopted = Set(pipeline.stages.filter { planner.isFrozen($0) }.map(\.name))
    let working = pipeline.stages.filter {
      selection.selected.contains($0.name) && !unneeded.contains($0.name)
        && !adopted.contains($0.name)
    }
    var foresight = Foresight(pipeline, adopted: adopted, exitStatus: services.exitStatus)
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
      foresight.look(at: stage, isWanted: isWanted)
      guard isWanted else { continue }
      // Where stages run in this process alone, nothing is started.
      if services.program != nil { foresight.lookAtLauncher(of: stage) }
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
      let known = record.inputs.filter { $0.port == input.port }
      for name in input.names {
        if let producer = pipeline.producer(of: name) {
          // It may have been adopted, or made anew, since this stage read it.
          let made = manifest.stages[producer.stage.name]?.outputs.first {
            $0.port == producer.output.port
          }
          guard current.contains(producer.stage.name), let made,
            known.contains(where: { $0.name == name && $0.content == made.digests.content })
          else { return false }
        } else if !isUnchanged(sources: pipeline.source(name)?.paths ?? []) {
          return false
        }
      }
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

  func isUnchanged(sources paths: [String]) -> Bool {
    paths.allSatisfy { path in
      guard let known = manifest.sources[path] else { return false }
      return (try? PathSignature(of: path)) == known.signature
    }
  }
}
