import ArgumentParser
import Pipelines
import Stages

/// `distill status`: how a pipeline stands.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show how a pipeline stands: what is done, stale or pending.")

  @OptionGroup var pipeline: PipelineOptions

  @Flag(help: "Exit with 3 when something would run.")
  var check = false

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let loaded = try pipeline.load()
    let report = try PipelineRun(loaded, threads: Machine.cores).status()
    if json {
      Output.data(try report.json.indented())
    } else {
      Output.data("\(report.pipeline) in \(report.workspace)")
      if let owner = report.owner { Output.data("running now: \(owner)") }
      var table = Table(["stage", "state", "time", "why"], isLeftAligned: true)
      table.rows = report.entries.map { entry in
        [
          entry.step.stage, entry.state, entry.record?.seconds.map(Figure.duration) ?? "",
          entry.step.action == .skip ? "" : entry.step.reason,
        ]
      }
      for line in table.lines { Output.data(line) }
    }
    guard !check || report.isCurrent else { throw ExitCode(ExitStatus.stale.rawValue) }
  }
}
