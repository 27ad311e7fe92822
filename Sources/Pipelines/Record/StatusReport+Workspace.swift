internal import Files

extension StatusReport {
  /// How a workspace stands by its own record, where the file of its pipeline is not at hand: what is
  /// done, whether the outputs are there, and whether the inputs still are what was read.
  ///
  /// - Parameters:
  ///   - workspace: The workspace.
  ///   - services: As a runner's.
  ///   - trustsSignatures: Whether an unchanged stat signature spares reading a file again.
  /// - Throws: `PipelineError` where nothing has run or the manifest is damaged; what reading files
  ///   throws.
  public init(in workspace: Workspace, services: RunServices, trustsSignatures: Bool) throws {
    guard let manifest = try Manifest.read(workspace) else {
      throw PipelineError(
        .missingInput, at: workspace.path, "nothing has run here yet; run it first")
    }
    let record = WorkspaceRecord(
      workspace: workspace, manifest: manifest,
      verifier: ContentVerifier(probe: services.probe, trustsSignatures: trustsSignatures))
    var steps: [PlanStep] = []
    for stage in manifest.graph {
      guard let name = stage.member("stage")?.string else { continue }
      steps.append(
        PlanStep(
          stage: name, kind: stage.member("kind")?.string ?? "",
          reasons: try record.reasons(name)))
    }
    self.init(
      pipeline: manifest.pipeline, workspace: workspace, manifest: manifest, steps: steps,
      checkpointStep: services.checkpointStep)
  }
}

extension Workspace {
  /// Who works here now; nil where nobody does.
  public var owner: String? { StatusReport.owner(of: lockPath) }
}

/// Why stages of a manifest would have to run again, as far as the manifest alone tells.
private struct WorkspaceRecord {
  let workspace: Workspace
  let manifest: Manifest
  let verifier: ContentVerifier

  func reasons(_ stage: String) throws -> [PlanReason] {
    guard let record = manifest.stages[stage] else { return [.neverRun] }
    switch record.status {
    case .pending: return [.neverRun]
    case .running, .interrupted: return [.interrupted(step: record.step)]
    case .failed: return [.failedBefore(record.error ?? "no reason recorded")]
    case .done, .frozen: break
    }
    var reasons: [PlanReason] = []
    for output in record.outputs {
      switch try verifier.output(output, at: output.path) {
      case .missing: reasons.append(.outputMissing(name: output.name))
      case .damaged:
        let other = try manifest.writer(of: output.path, besides: stage, in: workspace, verifier)
        reasons.append(.damaged(output.name, writtenBy: other))
      case .intact: break
      }
    }
    guard record.status == .done else { return reasons }
    for input in record.inputs {
      if let producer = manifest.producer(of: input) {
        if producer.digests.content != input.content {
          reasons.append(.inputChanged(port: input.port, names: [input.name]))
        }
      } else if !fileExists(input.path) {
        reasons.append(.inputMissing(name: input.name))
      } else {
        let now = try verifier.source(
          input.path, known: manifest.sources[input.path], rereads: false)
        if now.content != input.content {
          reasons.append(.inputChanged(port: input.port, names: [input.name]))
        }
      }
    }
    return reasons
  }
}

extension Manifest {
  /// The recorded output that an input was, nil for a source.
  fileprivate func producer(of input: InputRecord) -> OutputRecord? {
    stages.values.lazy.flatMap(\.outputs).first { $0.name == input.name && $0.path == input.path }
  }
}
