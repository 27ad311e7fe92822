internal import Files
internal import Foundation

/// Decides stage by stage, in order, what has to run.
///
/// ```
///   corpus ──► general ──► intermediate ──► prediction
/// ```
/// When `general` has to run, the content of what it will write is not known; `intermediate` then
/// may run, and the question is asked again when `general` is done (early cut-off).
struct Planner {
  /// A decision with what is needed to run.
  struct Decision {
    let step: PlanStep
    /// Inputs by port; nil while a stage before has to run.
    let inputs: [String: [StageInput]]?
    /// Sources among the inputs, as they were read.
    let sources: [SourceRecord]
  }

  let pipeline: Pipeline
  let verifier: ContentVerifier
  let forced: Set<String>
  /// Whether a missing input is a reason instead of an error.
  let toleratesMissing: Bool
  /// The step that the newest whole checkpoint in a folder was taken at.
  let checkpointStep: @Sendable (_ folder: String) -> Int?
  /// What is; signatures and sources are refreshed in place as they are confirmed.
  var manifest: Manifest
  /// Whether the manifest learned something since it was read.
  private var isRefreshed = false
  /// Content of the artifacts that are there and confirmed.
  private var contents: [String: Digest] = [:]
  /// Artifacts that will be made anew, with the stage that does.
  private var awaited: [String: String] = [:]
  /// Sources that were read, not only recognised, since this planner began.
  private var readSources: Set<String> = []

  init(
    pipeline: Pipeline, verifier: ContentVerifier, forced: Set<String>, toleratesMissing: Bool,
    checkpointStep: @escaping @Sendable (_ folder: String) -> Int?, manifest: Manifest
  ) {
    self.pipeline = pipeline
    self.verifier = verifier
    self.forced = forced
    self.toleratesMissing = toleratesMissing
    self.checkpointStep = checkpointStep
    self.manifest = manifest
  }

  /// Decides about `stage`; all selected stages before it were decided or run.
  ///
  /// - Parameters:
  ///   - stage: The stage.
  ///   - rereadsSources: Whether to read sources even if they look unchanged: what a stage is about
  ///     to work on is not taken on trust.
  ///   - isSelected: Whether a stage takes part in this run.
  /// - Returns: What happens with it and why.
  /// - Throws: `PipelineError` for an input that is missing or of a wrong kind; what reading files
  ///   throws.
  mutating func decide(
    _ stage: PipelineStage, rereadsSources: Bool = false,
    isSelected: (String) -> Bool = { _ in true }
  ) throws -> Decision {
    var reasons: [PlanReason] = forced.contains(stage.name) ? [.forced] : []
    let record = manifest.stages[stage.name]
    if isFrozen(stage), let record {
      let reasons = try checkOutputs(of: stage, record)
      return Decision(step: PlanStep(stage: stage, reasons: reasons), inputs: nil, sources: [])
    }
    var inputs: [String: [StageInput]] = [:]
    var sources: [SourceRecord] = []
    var upstream: [String] = []
    var missing: [String] = []
    for input in stage.inputs {
      for name in input.names {
        if let maker = awaited[name] {
          if !upstream.contains(maker) { upstream.append(maker) }
          // Whatever it was at the last run; only the rest of the fingerprint is compared.
          let old = record?.inputs.first { $0.port == input.port && $0.name == name }
          if let old {
            inputs[input.port, default: []].append(
              StageInput(name: name, path: old.path, contentDigest: old.content))
          }
        } else if let producer = pipeline.producer(of: name) {
          inputs[input.port, default: []].append(
            try artifact(name, of: producer, for: stage, isSelected: isSelected))
        } else {
          for path in pipeline.source(name)?.paths ?? [] {
            if toleratesMissing, !fileExists(path) {
              missing.append(name)
              continue
            }
            let record = try source(
              name, path, port: input.port, of: stage, rereads: rereadsSources)
            sources.append(record)
            inputs[input.port, default: []].append(
              StageInput(name: name, path: record.path, contentDigest: record.content))
          }
        }
      }
    }
    if let record {
      // What was adopted has read nothing that could be compared.
      if record.status != .frozen {
        reasons += try self.reasons(of: record, stage, inputs, missing: missing)
      }
    } else {
      reasons.append(.neverRun)
    }
    reasons += missing.uniqued().map { .inputMissing(name: $0) }
    if !upstream.isEmpty { reasons.append(.upstream(upstream)) }
    return Decision(
      step: PlanStep(stage: stage, reasons: reasons), inputs: upstream.isEmpty ? inputs : nil,
      sources: sources)
  }

  /// Whether the outputs of `stage` were adopted and stand.
  func isFrozen(_ stage: PipelineStage) -> Bool {
    manifest.stages[stage.name]?.status == .frozen && !forced.contains(stage.name)
  }

  /// The stages of the selection that only frozen ones read from; those that were named are needed.
  func unneeded(of selection: StageSelection) -> Set<String> {
    var needed: Set<String> = []
    var isRead: Set<String> = []
    for stage in pipeline.stages.reversed() {
      if !isRead.contains(stage.name) || selection.named.contains(stage.name) {
        needed.insert(stage.name)
      }
      let before = pipeline.predecessors(of: stage)
      isRead.formUnion(before)
      if needed.contains(stage.name), !isFrozen(stage) { needed.formUnion(before) }
    }
    return selection.selected.subtracting(needed)
  }

  /// Writes the manifest.
  mutating func save() throws {
    try manifest.write(to: pipeline.workspace)
    isRefreshed = false
  }

  /// Writes the manifest if signatures or sources were refreshed since it was written, which spares
  /// the next run some reading, or if the run is finished.
  mutating func saveRefreshed() throws {
    if isRefreshed { try save() }
  }

  /// Notes in the manifest that the open run is done, unless a stage that an earlier command of it
  /// began has still to be gone on with.
  mutating func finishRun() {
    let isSettled = manifest.stages.values.allSatisfy {
      ![.running, .interrupted, .failed].contains($0.status)
    }
    guard manifest.openRun != nil, isSettled else { return }
    manifest.run?.finished = Date.now.formatted(.iso8601)
    isRefreshed = true
  }

  /// Notes that `stage` will run, for the decisions about those after it.
  mutating func await(_ stage: PipelineStage) {
    for output in stage.outputs { awaited[output.name] = stage.name }
  }

  /// Notes that `stage` is done as its record says.
  mutating func confirm(_ stage: PipelineStage) {
    // By port: an output may have another name since, in the same place.
    if let record = manifest.stages[stage.name] { confirm(stage, as: record) }
    for output in stage.outputs { awaited[output.name] = nil }
  }

  /// Notes that `stage` will be as an earlier attempt has made it.
  mutating func confirm(_ stage: PipelineStage, as record: StageRecord) {
    for output in stage.outputs {
      contents[output.name] = record.outputs.first { $0.port == output.port }?.digests.content
    }
  }

  private mutating func reasons(
    of record: StageRecord, _ stage: PipelineStage, _ inputs: [String: [StageInput]],
    missing: [String]
  ) throws -> [PlanReason] {
    var reasons: [PlanReason] = []
    switch record.status {
    case .pending: reasons.append(.neverRun)
    case .running, .interrupted: reasons.append(.interrupted(step: record.step))
    case .failed: reasons.append(.failedBefore(record.error ?? "no reason recorded"))
    case .done, .frozen: break
    }
    let fingerprint = Fingerprint(of: stage, inputs: inputs)
    let differences = fingerprint.differences(from: record.fingerprint)
    if !differences.isEmpty { reasons.append(.changed(differences)) }
    for port in fingerprint.changedPorts(from: record.fingerprint) {
      // While a stage before has to run, a missing input is only not known yet.
      let names = stage.inputs.first { $0.port == port }?.names ?? []
      guard !names.contains(where: { awaited[$0] != nil || missing.contains($0) }) else { continue }
      let changed = names.filter { name in
        inputs[port, default: []].contains { input in
          input.name == name
            && !record.inputs.contains {
              $0.port == port && $0.name == name && $0.content == input.contentDigest
            }
        }
      }
      reasons.append(.inputChanged(port: port, names: changed))
    }
    let shelf = CheckpointShelf(pipeline.workspace, of: stage.name)
    let changes = record.status != .done && reasons.contains(where: \.givesUpProgress)
    let takesUp = try changes && !forced.contains(stage.name) && shelf.holds(fingerprint)
    if !takesUp, let cure = wayToExtend(stage, record, fingerprint) {
      reasons.append(.trainsAnew(instead: cure))
    }
    if record.status == .done {
      reasons += try checkOutputs(of: stage, record)
    } else if changes, !forced.contains(stage.name) {
      if takesUp {
        reasons.append(.takesUp(step: checkpointStep(try shelf.place(of: fingerprint))))
      } else if shelf.hasProgress {
        reasons.append(.setsAside(step: checkpointStep(shelf.current)))
      }
    }
    return reasons
  }

  /// How a training goes on for more steps instead of beginning anew, where their number is what
  /// changed and there is something to go on from.
  private func wayToExtend(
    _ stage: PipelineStage, _ record: StageRecord, _ fingerprint: Fingerprint
  ) -> String? {
    let shelf = CheckpointShelf(pipeline.workspace, of: stage.name)
    guard let port = stage.kind.inputs.first(where: { $0.insteadOf != nil }),
      let output = stage.outputs.first, !forced.contains(stage.name),
      fingerprint.raises(["num_train_epochs", "max_steps"], above: record.fingerprint),
      record.status == .done || shelf.hasProgress
    else { return nil }
    let path = printable(pipeline.path(of: output, of: stage))
    let way =
      pipeline.file == nil
      ? "give --\(port.flag) \(path) and another --output, for the epochs to add"
      : "add a stage of this kind with inputs: { \(port.name): \(output.name), ... }, for the epochs "
        + "to add"
    return record.status == .done
      ? "to train \(path) further instead, \(way)"
      : "to train longer than was begun, undo the change, let it end, then \(way)"
  }

  private mutating func checkOutputs(
    of stage: PipelineStage, _ record: StageRecord
  ) throws -> [PlanReason] {
    var reasons: [PlanReason] = []
    for output in stage.outputs {
      guard let index = record.outputs.firstIndex(where: { $0.port == output.port }) else {
        reasons.append(.outputMissing(name: output.name))
        continue
      }
      let path = pipeline.path(of: output, of: stage)
      switch try verifier.output(record.outputs[index], at: path) {
      case .missing: reasons.append(.outputMissing(name: output.name))
      case .damaged:
        let other = try manifest.writer(
          of: path, besides: stage.name, in: pipeline.workspace, verifier)
        reasons.append(.damaged(output.name, writtenBy: other))
      case .intact(let signature):
        if signature != record.outputs[index].signature {
          manifest.stages[stage.name]?.outputs[index].signature = signature
          isRefreshed = true
        }
      }
    }
    return reasons
  }

  /// An artifact that a stage before has made, in this run or an earlier one.
  private mutating func artifact(
    _ name: String, of producer: (stage: PipelineStage, output: PipelineStage.Output),
    for stage: PipelineStage, isSelected: (String) -> Bool
  ) throws -> StageInput {
    let path = pipeline.path(of: producer.output, of: producer.stage)
    if contents[name] == nil, !isSelected(producer.stage.name),
      let record = manifest.stages[producer.stage.name], record.status.hasOutputs
    {
      if let output = record.outputs.first(where: { $0.port == producer.output.port }),
        case .intact = try verifier.output(output, at: path)
      {
        contents[name] = output.digests.content
      }
    }
    guard let content = contents[name] else {
      throw pipeline.error(
        .missingInput, at: "stages.\(stage.name)", stage.location,
        "reads \(name), which stage \(producer.stage.name) has not made yet; run that first")
    }
    return StageInput(name: name, path: path, contentDigest: content)
  }

  private mutating func source(
    _ name: String, _ path: String, port: String, of stage: PipelineStage, rereads: Bool
  ) throws -> SourceRecord {
    guard fileExists(path) else {
      throw pipeline.error(
        .missingInput, at: pipeline.file == nil ? "" : "sources.\(name)",
        pipeline.source(name)?.location,
        "\(path): there is no such file or folder")
    }
    let known = manifest.sources[path]
    var record = try verifier.source(
      path, known: known, rereads: rereads && !readSources.contains(path))
    let kinds = stage.kind.inputs.first { $0.name == port }?.kinds ?? []
    // What was noted of a file is no ground for refusing it.
    if !kinds.contains(record.kind), known != nil {
      record = try verifier.source(path, known: nil, rereads: true)
    }
    if rereads || record.signature != known?.signature { readSources.insert(path) }
    if manifest.sources.updateValue(record, forKey: path) != record { isRefreshed = true }
    guard kinds.contains(record.kind) else {
      let input = stage.inputs.first { $0.port == port }
      throw pipeline.error(
        .badData, at: pipeline.place(ofInput: port, of: stage), input?.location,
        "takes \(kinds.joined(separator: " or ")), but \(path) is a \(record.kind)")
    }
    return record
  }
}
