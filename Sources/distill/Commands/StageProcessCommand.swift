import ArgumentParser
import Pipelines
import Stages

/// The program as the process of one stage; `run` starts it, see `StageProcess`.
struct StageProcessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: StageProcess.command, abstract: "Run one stage for `distill run`.",
    shouldDisplay: false)

  @Argument(help: "Name of the stage, for those who list processes.")
  var stage: String

  func run() throws {
    Interruption.remember(telling: Interruption.saving)
    let status = StageProcess.serve(
      registry: Kinds.registry, services: Services.run,
      isInterrupted: { Interruption.isRequested }, write: { Output.amid($0) })
    throw ExitCode(status.rawValue)
  }
}
