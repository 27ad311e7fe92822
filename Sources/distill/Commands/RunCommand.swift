import ArgumentParser
import Files
import Pipelines
import Stages

/// `distill run`: works through a pipeline; what is current is skipped.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a pipeline file: every stage that is not current.",
    discussion: "Options that few need: distill run --help-all")

  @OptionGroup var pipeline: PipelineOptions

  @Option(help: "Run this stage and what it needs; may be repeated.")
  var until: [String] = []

  @Option(help: "Run this stage and all that depends on it; may be repeated.")
  var from: [String] = []

  @Option(help: "Run this stage alone; may be repeated.")
  var only: [String] = []

  @Option(help: "Run this stage even if it is current; may be repeated.")
  var force: [String] = []

  @OptionGroup var threads: ThreadOption

  @Option(help: "Stages that may run at the same time; they share the threads.")
  var jobs = 1

  @Option(help: "Try a stage again that failed by the disk, a service or a killed process.")
  var retries = 0

  @Flag(help: "After a failure, run the stages that do not depend on it.")
  var keepGoing = false

  @Flag(
    help: ArgumentHelp(
      "Go on from checkpoints that another precision or backend made.", visibility: .hidden))
  var allowNumericChange = false

  @Flag(help: "Show what would run and why, and do nothing.")
  var dryRun = false

  @Flag(
    help: ArgumentHelp(
      "Read files again whose stat signature is unchanged.", visibility: .hidden))
  var noStatCache = false

  @Flag(
    help: ArgumentHelp(
      "Neither keep outputs that are replaced nor take those that were kept.", visibility: .hidden))
  var noRunCache = false

  @OptionGroup(title: "Tracking") var tracking: TrackingOptions

  @OptionGroup(title: "What is shown") var display: DisplayOptions

  @Flag(help: "Print the outcome as one JSON document.")
  var json = false

  func validate() throws {
    guard (1...256).contains(jobs) else {
      throw ValidationError("--jobs must be from 1 to 256")
    }
    guard (0...1000).contains(retries) else {
      throw ValidationError("--retries must be from 0 to 1000")
    }
  }

  func run() throws {
    Output.isLogJSON = display.display.logsJSON
    var options = RunOptions(threads: threads.count)
    options.until = until
    options.from = from
    options.only = only
    options.forced = force
    options.jobs = jobs
    options.retries = retries
    options.keepsGoing = keepGoing
    options.allowsNumericChange = allowNumericChange
    options.trustsSignatures = !noStatCache
    options.usesRunCache = !noRunCache
    let run = PipelineRun(
      try pipeline.load(fetching: FetchedModels(tracking.trackingUri)), options, json: json,
      tracking: tracking.choice, display: display.display)
    if dryRun {
      try PlanCommand.show(try run.plan(), json: json)
    } else {
      try run.execute()
    }
  }
}

/// `distill plan`: what `run` would do and why.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show what `run` would do, why, and what it costs.",
    usage: "distill plan [<file>] [--json] [options]")

  @OptionGroup var pipeline: PipelineOptions

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let run = PipelineRun(
      try pipeline.load(fetching: FetchedModels()), RunOptions(threads: Machine.cores))
    let plan = try run.plan()
    try PlanCommand.show(plan, json: json)
    let settings = pipeline.settings
    if !json {
      Output.error(
        "next: \(settings.command(plan.isCurrent ? "metrics" : "run", about: pipeline.file))")
    }
  }

  /// Prints a plan.
  static func show(_ plan: Plan, json: Bool) throws {
    if json {
      Output.data(try plan.json.document("distill.plan/1"))
      return
    }
    var table = Table(["stage", "action", "why"], isLeftAligned: true)
    table.rows = plan.steps.map { [$0.stage, $0.action.rawValue, $0.reason] }
    for line in table.lines(wrapping: Output.width) + CostTable(plan).lines { Output.data(line) }
    for step in plan.steps where !step.presetSettings.isEmpty {
      Output.data("\(step.stage): preset sets \(step.presetSettings.joined(separator: ", "))")
    }
    for warning in plan.cost?.warnings ?? [] { Output.error("warning: \(warning)") }
  }
}
