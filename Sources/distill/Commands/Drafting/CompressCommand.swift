import ArgumentParser
import Files
import Pipelines
import Stages

/// `distill compress`: from a teacher and files to a student in one command.
struct CompressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compress",
    abstract: "Make a small student of a teacher in one command, from files to a folder.",
    usage: "distill compress --teacher <model> --train <file> --output <dir> ...",
    discussion: """
      What `distill init` and `distill run` do. Stopped, the same command goes on; the pipeline lies as \
      pipeline.yaml in the workspace.
      """)

  @OptionGroup(title: "What it is made of") var given: DraftOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The student, a folder that transformers loads.", valueName: "folder"),
    completion: .directory)
  var output: String

  @Option(
    help: ArgumentHelp("Work in this folder (<output>.distill).", valueName: "folder"),
    completion: .directory)
  var workspace: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Take the place of a value, such as stages.prediction.seed=7; may be repeated.",
      valueName: "key=value"))
  var settings: [String] = []

  @Flag(help: "Learn from a teacher that is no better than a guess, too.")
  var allowWeakTeacher = false

  @Flag(help: "Replace a folder or a pipeline.yaml that distill did not make.")
  var overwrite = false

  @OptionGroup var threads: ThreadOption

  @OptionGroup(title: "Tracking") var tracking: TrackingOptions

  @OptionGroup(title: "What is shown") var display: DisplayOptions

  @Flag(help: "Print the outcome as one JSON document.")
  var json = false

  func validate() throws {
    for (flag, path) in [("--output", output), ("--workspace", workspace ?? ".")]
    where path.isEmpty {
      throw ValidationError("\(flag): the path is empty; name a folder")
    }
    guard output != "-" else {
      throw ValidationError("--output: nothing is written to standard output; name a folder")
    }
  }

  func run() throws {
    Output.isLogJSON = display.display.logsJSON
    try requireFreePlace()
    let folder = workspace ?? Pipeline.ownWorkspace(of: output)
    let file = folder + "/pipeline.yaml"
    let models = FetchedModels(tracking.trackingUri)
    try draft(file, in: folder, models)
    func load(_ settings: [String]) throws -> Pipeline {
      try PipelineFile.load(
        file, registry: Kinds.registry, workspace: folder, settings: settings,
        locate: { address, _ in try models.folder(address) }
      ).exporting(to: output, isPlaced: workspace != nil)
    }
    var pipeline = try load(settings)
    if allowWeakTeacher {
      pipeline = try load(settings + WeakTeacher.settings(of: pipeline, beside: settings))
    }
    var options = RunOptions(threads: threads.count)
    options.overwrites = overwrite
    let scores = pipeline.stages.first { $0.kind == EvaluateStage.self }?.name
    let next = "distill predict --model \(CommandLine.spoken(output)) --input FILE"
    try PipelineRun(
      pipeline, options, tracking: tracking.choice, display: display.display,
      conclusion: Conclusion(
        next: next, advised: { [pipeline] in WeakTeacher.advised($0, by: pipeline) }
      ) { [pipeline] in
        guard !json, let scores else { return [] }
        return try PipelineReport.sections(of: .pipeline(pipeline), stage: scores)
          .flatMap(\.lines)
      }
    ).execute()
    guard json else { return }
    Output.data(try document(pipeline, in: folder, next: next).indented())
  }

  /// Refuses to replace the folder that the command runs in, or one above it.
  private func requireFreePlace() throws {
    let (here, place) = (canonicalPath("."), canonicalPath(output))
    guard here != place, !here.hasPrefix(place == "/" ? place : place + "/") else {
      throw PipelineError(
        .usage, at: "--output",
        "\(printable(output)) is or holds the folder that this runs in, which cannot be replaced; name "
          + "one beneath it, such as ./student")
    }
  }

  /// Makes the pipeline file, unless this command has made it before.
  private func draft(_ file: String, in folder: String, _ models: FetchedModels) throws {
    let plain = printable("made by: distill compress \(given.spoken)")
    let tolerant = plain + " --allow-weak-teacher"
    let origin = allowWeakTeacher ? tolerant : plain
    if fileExists(file) {
      let known = try BoundedReader.text(at: file, limit: 1 << 20)
      // One that was edited since stands, whether this option made it or not: it is set beside it.
      let origins = SealedDraft.isUntouched(known) ? [origin] : [plain, tolerant]
      guard !origins.contains(where: { known.hasPrefix("# \($0)\n") }) else {
        return Output.error("\(printable(file)): the pipeline of an earlier call; it goes on")
      }
      guard overwrite || SealedDraft.isUntouched(known) else {
        throw FileError(
          .cannotCreate, path: file,
          detail: "was written or changed by somebody; replace it with --overwrite, or work in "
            + "another folder with --workspace DIR")
      }
    }
    try requirePlace(file, isFolder: false)
    var request = try given.request(models)
    request.allowsWeakTeacher = allowWeakTeacher
    if !json, Interview.isPossible, let question = try Draft.question(about: request) {
      request.rows.task = try Interview.onTerminal.task(question)
    }
    let draft = try Draft(request)
    for remark in draft.remarks { Output.error(remark) }
    let made = try drafted(draft, at: file, origin, models)
    try made.check(settings: settings, workspace: folder)
    // Also what a later call would find: that the student takes the place of what it is made of.
    _ = try made.pipeline.exporting(to: output, isPlaced: workspace != nil)
    for line in made.words { Output.error(line) }
    try ensureDirectory(folder)
    try AtomicFile.write(SealedDraft.sealed(made.text), to: file)
  }

  /// The pipeline of a draft; that its workspace lies in what it reads is said of the option that put it
  /// there.
  private func drafted(
    _ draft: Draft, at file: String, _ origin: String, _ models: FetchedModels
  ) throws -> DraftedPipeline {
    do {
      return try DraftedPipeline(
        draft, at: file,
        heading: [origin, "The next call with these options takes this file as it is.", ""],
        workspace: ".", budget: given.seconds, threads: threads.count, models: models)
    } catch let error as PipelineError
      where error.faults.allSatisfy({ $0.keyPath == "workspace" })
    {
      let flag = workspace == nil ? "--output" : "--workspace"
      throw PipelineError(
        .usage, faults: error.faults.map { PipelineFault(keyPath: flag, message: $0.message) })
    }
  }

  private func document(
    _ pipeline: Pipeline, in folder: String, next: String
  ) throws -> JSONValue {
    .object(
      JSONObject([
        ("schema", .string("distill.compress/1")), ("folder", .string(output)),
        ("workspace", .string(folder)), ("pipeline", .string(folder + "/pipeline.yaml")),
        ("metrics", try RecordedMetrics(of: pipeline).json), ("next", .string(next)),
      ]))
  }
}

extension Pipeline {
  /// The same, with the folder of its `export` at a path of the user's.
  ///
  /// - Parameters:
  ///   - path: The path.
  ///   - isPlaced: Whether the user has named the workspace too.
  /// - Returns: The pipeline.
  /// - Throws: `PipelineError` (usage) where that path is in the way of what is read or worked in; the file
  ///   was made for the command, whose options are what can be changed.
  fileprivate func exporting(to path: String, isPlaced: Bool) throws -> Pipeline {
    let stages = stages.map { stage in
      guard stage.kind == ExportStage.self else { return stage }
      return PipelineStage(
        name: stage.name, baseName: stage.baseName, kind: stage.kind, options: stage.options,
        seed: stage.seed, inputs: stage.inputs,
        outputs: stage.outputs.map {
          PipelineStage.Output(port: $0.port, name: $0.name, path: path, location: $0.location)
        }, launcher: stage.launcher, launcherLocation: stage.launcherLocation,
        threads: stage.threads, location: stage.location)
    }
    do {
      return try Pipeline(
        name: name, seed: seed, workspace: workspace, sources: sources, stages: stages, file: file)
    } catch let error as PipelineError {
      throw PipelineError(
        .usage,
        faults: error.faults.map { fault in
          let isOfWorkspace = isPlaced && fault.keyPath == "workspace"
          return PipelineFault(
            keyPath: isOfWorkspace ? "--workspace" : "--output", message: fault.message)
        })
    }
  }
}
