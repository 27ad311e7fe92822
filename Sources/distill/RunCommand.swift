import ArgumentParser
import Pipelines
import Stages

/// `distill run`: works through a pipeline; what is current is skipped.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a pipeline file: every stage that is not current.")

  @OptionGroup var pipeline: PipelineOptions

  @Option(help: "Run this stage and what it needs; may be repeated.")
  var until: [String] = []

  @Option(help: "Run this stage alone; may be repeated.")
  var only: [String] = []

  @Option(help: "Run this stage even if it is current; may be repeated.")
  var force: [String] = []

  @Option(help: "Threads (all cores).")
  var threads: Int?

  @Flag(help: "Show what would run and why, and do nothing.")
  var dryRun = false

  @Flag(help: "Read files again whose stat signature is unchanged.")
  var noStatCache = false

  @Flag(help: "Print the outcome as one JSON document.")
  var json = false

  func validate() throws {
    guard threads.map({ (1...1024).contains($0) }) ?? true else {
      throw ValidationError("--threads must be from 1 to 1024")
    }
  }

  func run() throws {
    let run = PipelineRun(
      try pipeline.load(), threads: threads ?? Machine.cores, until: until, only: only,
      forced: force, trustsSignatures: !noStatCache, json: json)
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
    commandName: "plan", abstract: "Show what `run` would do, and why.")

  @OptionGroup var pipeline: PipelineOptions

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let run = PipelineRun(try pipeline.load(), threads: Machine.cores)
    try PlanCommand.show(try run.plan(), json: json)
  }

  /// Prints a plan.
  static func show(_ plan: Plan, json: Bool) throws {
    if json {
      Output.data(try plan.json.indented())
      return
    }
    var table = Table(["stage", "action", "why"], isLeftAligned: true)
    table.rows = plan.steps.map { [$0.stage, $0.action.rawValue, $0.reason] }
    for line in table.lines { Output.data(line) }
  }
}
