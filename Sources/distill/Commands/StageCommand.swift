import ArgumentParser
import Pipelines
import Stages

/// The command of one stage kind: its ports and options are flags, and it runs as a pipeline of one
/// stage, with the same manifest, lock, checkpoints and resume.
struct StageCommand<Kind: Stage>: ParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: Kind.kind, abstract: Kind.summary,
      discussion: "All flags: distill \(Kind.kind) --help")
  }

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("Flags of the stage; see --help.", visibility: .hidden))
  var words: [String] = []

  func run() throws {
    let arguments = try StageArguments(words, stage: Kind.self)
    if arguments.common["help"] != nil || words.isEmpty {
      Output.data(
        StageArguments.help(
          command: Kind.kind, summary: Kind.summary, inputs: Kind.inputs, outputs: Kind.outputs,
          fields: Kind.fields))
      return
    }
    let common = try CommonOptions(arguments.common)
    var inputs: [(port: String, paths: [String])] = []
    for port in Kind.inputs {
      let paths = arguments.inputs.filter { $0.port == port.name }.map(\.path)
      if !paths.isEmpty { inputs.append((port.name, paths)) }
    }
    // What is asked for figures alone leaves nothing behind, its workspace included.
    let isAskedForFigures = arguments.outputs.isEmpty && Kind.outputs.allSatisfy(\.isOptional)
    let passing =
      try isAskedForFigures && common.workspace == nil ? PassingWorkspace(of: Kind.kind) : nil
    defer { passing?.remove() }
    let pipeline = try Pipeline.stage(
      Kind.self, options: OptionValues(flags: arguments.flags, fields: Kind.fields),
      seed: common.seed, inputs: inputs, outputs: arguments.outputs,
      workspace: passing?.path ?? common.workspace)
    try PipelineRun(pipeline, common.runOptions(of: pipeline), json: common.json).execute()
    guard Kind.self == EvaluateStage.self, !common.json else { return }
    for line in try PipelineReport.evaluation(of: pipeline) { Output.data(line) }
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
  let json: Bool

  init(_ words: [String: String]) throws {
    let flags = words.map { (name: $0.key, text: $0.value) }.sorted { $0.name < $1.name }
    let values = try OptionValues(flags: flags, fields: StageArguments.commonFields)
    seed = UInt64(values.integer("seed"))
    threads = values.optionalInteger("threads") ?? Machine.cores
    workspace = values.optionalText("workspace")
    force = values.boolean("force")
    overwrites = values.boolean("overwrite")
    allowsNumericChange = values.boolean("allow_numeric_change")
    json = values.boolean("json")
  }

  /// How the stages of a command's pipeline run.
  func runOptions(of pipeline: Pipeline) -> RunOptions {
    var options = RunOptions(threads: threads)
    options.forced = force ? pipeline.stages.map(\.name) : []
    options.overwrites = overwrites
    options.allowsNumericChange = allowsNumericChange
    return options
  }
}
