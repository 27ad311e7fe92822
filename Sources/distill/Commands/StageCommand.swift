import ArgumentParser
import Pipelines
import Stages

/// The command of one stage kind: its ports and options are flags, and it runs as a pipeline of one
/// stage, with the same manifest, lock, checkpoints and resume.
struct StageCommand<Kind: Stage>: ParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: Kind.kind, abstract: Kind.summary,
      discussion: "All flags: distill \(Kind.kind) --help-all")
  }

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("Flags of the stage; see --help.", visibility: .hidden))
  var words: [String] = []

  func run() throws {
    let arguments = StageArguments(
      words, inputPorts: Kind.inputs, outputPorts: Kind.outputs, fields: Kind.fields)
    guard !arguments.asksForHelp else {
      return Output.data(
        StageHelp(
          command: Kind.kind, summary: Kind.summary, inputs: Kind.inputs, outputs: Kind.outputs,
          fields: Kind.fields.preset(by: arguments.value), showsAll: arguments.asksForAll
        ).text)
    }
    var faults = Faults(arguments.faults)
    let common = faults.collect { try CommonOptions(arguments.common) }
    let options = faults.collect { try OptionValues(flags: arguments.flags, fields: Kind.fields) }
    if let options { faults.check(options, of: Kind.self) }
    Output.isLogJSON = common?.display.logsJSON ?? false
    guard faults.all.isEmpty, let common, let options else {
      throw faults.error(seeing: Kind.kind, words)
    }
    let models = FetchedModels(common.tracking.address)
    var inputs: [(port: String, paths: [String])] = []
    for port in Kind.inputs {
      let paths = try arguments.inputs.filter { $0.port == port.name }.map {
        try models.folder($0.path)
      }
      if !paths.isEmpty { inputs.append((port.name, paths)) }
    }
    if let workspace = common.workspace, inputs.contains(where: { $0.paths.contains("-") }) {
      // Standard input is written into the workspace, whose place is looked at before.
      _ = try Pipeline.stage(
        Kind.self, options: options, seed: common.seed, inputs: inputs, outputs: arguments.outputs,
        workspace: workspace)
    }
    try StandardInputFile.replace(
      in: &inputs, of: Kind.self, options,
      workspace: common.workspace
        ?? arguments.outputs.first.map { Pipeline.ownWorkspace(of: $0.path) })
    // What is asked for figures alone leaves nothing behind, its workspace included.
    let isAskedForFigures = arguments.outputs.isEmpty && Kind.outputs.allSatisfy(\.isOptional)
    let passing =
      try isAskedForFigures && common.workspace == nil ? PassingWorkspace(of: Kind.kind) : nil
    defer { passing?.remove() }
    let pipeline = try Pipeline.stage(
      Kind.self, options: options, seed: common.seed, inputs: inputs, outputs: arguments.outputs,
      workspace: passing?.path ?? common.workspace)
    try PipelineRun(
      pipeline, common.runOptions(of: pipeline), json: common.json, keepsNothing: passing != nil,
      tracking: common.tracking, display: common.display
    ).execute()
    guard Kind.self == EvaluateStage.self, !common.json else { return }
    for line in try PipelineReport.evaluation(of: pipeline) { Output.data(line) }
  }
}

/// What is wrong with a command line, collected so that all is told at once.
struct Faults {
  private(set) var all: [PipelineFault]

  /// Faults that are known already.
  init(_ faults: [PipelineFault]) { all = faults }

  /// What `body` gives; nil where it finds faults, which are kept.
  mutating func collect<Value>(_ body: () throws -> Value) -> Value? {
    do {
      return try body()
    } catch let error as PipelineError {
      all += error.faults
    } catch {
      all.append(PipelineFault(keyPath: "", message: "\(error)"))
    }
    return nil
  }

  /// Checks the options of a stage against each other.
  mutating func check(_ options: OptionValues, of kind: any Stage.Type) {
    do {
      _ = try kind.init(options)
    } catch {
      all.append(PipelineFault(keyPath: "", message: kind.flagged("\(error)")))
    }
  }

  /// Adds a fault.
  mutating func add(_ place: String, _ message: String) {
    all.append(PipelineFault(keyPath: place, message: message))
  }

  /// All of it as one error, and where to read on after a bare command.
  func error(seeing command: String, _ words: [String]) -> PipelineError {
    let help = PipelineFault(keyPath: "", message: "distill \(command) --help shows the flags")
    return PipelineError(.usage, faults: all + (words.isEmpty ? [help] : []))
  }
}

/// The options of every stage command, checked.
struct CommonOptions {
  let seed: UInt64
  let threads: Int
  let workspace: String?
  let force: Bool
  let overwrites: Bool
  let allowsNumericChange: Bool
  let usesRunCache: Bool
  let tracking: TrackingChoice
  let json: Bool
  let display: Display

  init(_ flags: [(name: String, text: String)]) throws {
    let values = try OptionValues(flags: flags, fields: StageArguments.commonFields)
    seed = UInt64(values.integer("seed"))
    threads = values.optionalInteger("threads") ?? Machine.cores
    workspace = values.optionalText("workspace")
    force = values.boolean("force")
    overwrites = values.boolean("overwrite")
    allowsNumericChange = values.boolean("allow_numeric_change")
    usesRunCache = !values.boolean("no_run_cache")
    tracking = TrackingChoice(
      address: values.optionalText("tracking_uri"), experiment: values.optionalText("experiment"),
      mode: TrackingMode(rawValue: values.text("tracking")) ?? .optional,
      reports: values.texts("report_to"), registration: values.optionalText("register_model"))
    json = values.boolean("json")
    display = Display(
      interval: values.integer("progress_interval"), logsJSON: values.text("log_format") == "json")
  }

  /// How the stages of a command's pipeline run.
  func runOptions(of pipeline: Pipeline) -> RunOptions {
    var options = RunOptions(threads: threads)
    options.forced = force ? pipeline.stages.map(\.name) : []
    options.overwrites = overwrites
    options.allowsNumericChange = allowsNumericChange
    options.usesRunCache = usesRunCache
    return options
  }
}
