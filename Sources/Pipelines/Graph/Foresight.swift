internal import Files

/// Everything that can be found wrong with a pipeline before any work, all of it in one pass.
struct Foresight {
  /// What was found, each with the exit code that stands for it.
  private(set) var findings: [(fault: PipelineFault, status: ExitStatus)] = []
  /// What was thrown last, where it said all by itself.
  private var thrown: (any Error)?

  private let pipeline: Pipeline
  /// Stages whose outputs were adopted and stand.
  private let adopted: Set<String>
  private let exitStatus: (any Error) -> ExitStatus
  private let memory = PreviewMemory()
  /// The same of stages whose findings are not told: what cannot be read is told once, by another.
  private let untoldMemory = PreviewMemory()
  /// What is foreseen of artifacts, by name.
  private var foreseen: [String: any Sendable] = [:]
  /// What the stages cost that were asked for it, by name.
  private(set) var costs: [String: StageCost] = [:]
  /// Threads of the run, where costs are asked for.
  private let reckoningThreads: Int?

  init(
    _ pipeline: Pipeline, adopted: Set<String>, reckoningThreads: Int? = nil,
    exitStatus: @escaping (any Error) -> ExitStatus
  ) {
    self.pipeline = pipeline
    self.reckoningThreads = reckoningThreads
    self.adopted = adopted
    self.exitStatus = exitStatus
  }

  /// Notes an error; `keyPath` is said to be where it is.
  mutating func collect(
    at keyPath: String = "", _ location: Location? = nil, _ body: () throws -> Void
  ) {
    do {
      try body()
    } catch let error as PipelineError {
      findings += error.faults.map { ($0, error.status) }
    } catch {
      thrown = error
      add(exitStatus(error), keyPath, location, "\(error)")
    }
  }

  /// Sources that are not there, each by its name.
  static func missing(
    _ sources: [PipelineSource], file: String?,
    advice: (_ path: String, _ written: String) -> String = { _, _ in "" }
  ) -> [PipelineFault] {
    sources.flatMap { source in
      source.paths.filter { !fileExists($0) }.map { path in
        // On a command line the path says it all; the name was made for it.
        PipelineFault(
          file: file, location: source.location,
          keyPath: file == nil ? "" : "sources.\(source.name)",
          message: "\(path): there is no such file or folder" + advice(path, written(path, file)))
      }
    }
  }

  /// A path as the pipeline's file has it, beside which it is looked for.
  private static func written(_ path: String, _ file: String?) -> String {
    guard let file else { return path }
    let folder = splitPath(file).folder + "/"
    return path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
  }

  /// Looks for the sources of stages.
  mutating func lookForSources(of stages: [PipelineStage], advice: (String, String) -> String) {
    let names = Set(stages.flatMap { $0.inputs.flatMap(\.names) })
    let read = pipeline.sources.filter { names.contains($0.name) }
    findings += Self.missing(read, file: pipeline.file, advice: advice).map { ($0, .missingInput) }
  }

  /// Places of outputs where a stage could not put them.
  mutating func lookAtOutputs(
    of stage: PipelineStage, _ look: (PipelineStage.Output) throws -> Void
  ) {
    for output in stage.outputs {
      let path = pipeline.path(of: output, of: stage)
      let isFolderWanted = stage.outputKind(output.port) == "folder"
      let keyPath =
        pipeline.file == nil ? "" : "stages.\(stage.name).outputs.\(output.port)"
      collect(at: keyPath, output.location) {
        try requirePlace(path, isFolder: isFolderWanted)
        try look(output)
      }
    }
  }

  /// The program that a stage's process is started through.
  mutating func lookAtLauncher(of stage: PipelineStage) {
    guard let program = stage.launcher.first, let fault = LauncherProgram.fault(program) else {
      return
    }
    add(.badPipeline, "stages.\(stage.name).launcher", stage.launcherLocation, fault)
  }

  /// What a stage sees of its inputs; what is wrong is kept where it `isWanted`.
  mutating func look(at stage: PipelineStage, isWanted: Bool) {
    var inputs: [String: [Preview.Input]] = [:]
    for input in stage.inputs {
      for name in input.names {
        if let source = pipeline.source(name) {
          // One that is not there is told of once; the stage has it, and nothing is known of it.
          for path in source.paths {
            inputs[input.port, default: []].append(
              Preview.Input(name: name, path: fileExists(path) ? path : nil, foreseen: nil))
          }
        } else {
          // What was adopted is as it is, whatever the stage declares: it is read.
          let path = adoptedPath(of: name)
          inputs[input.port, default: []].append(
            Preview.Input(name: name, path: path, foreseen: path == nil ? foreseen[name] : nil))
        }
      }
    }
    var preview = Preview(
      inputs: inputs, outputs: Set(stage.outputs.map(\.port)),
      memory: isWanted ? memory : untoldMemory, reckons: reckoningThreads != nil)
    for (port, given) in inputs {
      checkKinds(of: given, at: port, of: stage, &preview)
    }
    let made: any Stage
    do {
      made = try stage.kind.init(stage.options)
    } catch {
      preview.find(PipelineError(.usage, "\(error)"))
      return keep(preview, of: stage, isWanted)
    }
    let found = made.foresee(&preview)
    for output in stage.outputs { foreseen[output.name] = found[output.port] }
    if let reckoningThreads, isWanted {
      // What is wrong was found already.
      var copy = preview
      costs[stage.name] = made.reckon(
        &copy, foreseen: found, threads: min(stage.threads ?? reckoningThreads, reckoningThreads))
    }
    keep(preview, of: stage, isWanted)
  }

  /// Where an artifact lies that was adopted; nil where a stage makes it, or it is gone.
  private func adoptedPath(of name: String) -> String? {
    guard let maker = pipeline.producer(of: name), adopted.contains(maker.stage.name) else {
      return nil
    }
    let path = pipeline.path(of: maker.output, of: maker.stage)
    return fileExists(path) ? path : nil
  }

  /// A folder in the place of a file, and the reverse, without reading either.
  private func checkKinds(
    of inputs: [Preview.Input], at port: String, of stage: PipelineStage,
    _ preview: inout Preview
  ) {
    guard let kinds = stage.kind.inputs.first(where: { $0.name == port })?.kinds else { return }
    for path in inputs.compactMap(\.path) {
      let isWrong = isFolder(path) ? !kinds.contains("folder") : kinds == ["folder"]
      guard isWrong else { continue }
      preview.find(
        PipelineError(
          .badData,
          "takes \(kinds.joined(separator: " or ")), but \(path) is a "
            + (isFolder(path) ? "folder" : "file")), at: port)
    }
  }

  private mutating func keep(_ preview: Preview, of stage: PipelineStage, _ isWanted: Bool) {
    guard isWanted else { return }
    for finding in preview.findings {
      let input = stage.inputs.first { $0.port == finding.port }
      let place = pipeline.file == nil ? "" : "stages.\(stage.name)"
      let keyPath = finding.port.map { pipeline.place(ofInput: $0, of: stage) } ?? place
      let own = finding.error as? PipelineError
      let message = own?.faults.first?.message ?? "\(finding.error)"
      add(
        own?.status ?? exitStatus(finding.error), keyPath, input?.location ?? stage.location,
        pipeline.spoken(message, by: stage.kind))
    }
  }

  private mutating func add(
    _ status: ExitStatus, _ keyPath: String, _ location: Location?, _ message: String
  ) {
    findings.append(
      (
        PipelineFault(
          file: pipeline.file, location: location, keyPath: keyPath, message: message), status
      ))
  }

  /// All that was found as one error, with the exit code of the first.
  ///
  /// - Throws: `PipelineError` unless nothing is wrong.
  func finish() throws {
    guard let first = findings.first else { return }
    if findings.count == 1, pipeline.file == nil, let thrown { throw thrown }
    throw PipelineError(first.status, faults: findings.map(\.fault))
  }
}
