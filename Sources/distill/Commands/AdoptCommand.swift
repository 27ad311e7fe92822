import ArgumentParser
import Pipelines
import Stages

/// `distill adopt`: what was made elsewhere becomes a stage's output.
struct AdoptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adopt", abstract: "Take outputs made elsewhere as those of a stage.",
    usage: "distill adopt <file> <stage> [<outputs> ...] [options]",
    discussion: """
      The outputs are copied into the workspace (a Hugging Face folder becomes a model artifact) and \
      the stage is frozen: it is current whatever its \
      options and inputs are, and what only it would read is not made. `run --force STAGE` ends that.
      """)

  @OptionGroup var pipeline: PipelineOptions

  @Argument(help: "The stage, as `plan` names it.")
  var stage: String

  @Argument(
    help: "Its output, or PORT=PATH for each of several; what lies in place already if left out.")
  var outputs: [String] = []

  func run() throws {
    let loaded = try pipeline.load()
    let ports = loaded.stages.first { $0.name == stage }?.outputs.map(\.port) ?? []
    var paths: [String: String] = [:]
    for word in outputs {
      let pieces = word.split(separator: "=", maxSplits: 1).map(String.init)
      if pieces.count == 2, ports.contains(pieces[0]) {
        paths[pieces[0]] = pieces[1]
      } else if ports.count <= 1 {
        paths[ports.first ?? "output"] = word
      } else {
        throw PipelineError(
          .usage,
          "\(word): \(stage) has several outputs; write PORT=PATH with "
            + ports.joined(separator: ", "))
      }
    }
    let runner = Runner(loaded, options: RunOptions(threads: 1), services: Services.run)
    let adoption = try runner.adopt(stage, paths)
    for path in adoption.paths { Output.data("\(stage): adopted \(path)") }
    for loss in adoption.losses { Output.error("\(stage): \(loss)") }
    Output.error(
      "\(stage): frozen, current whatever its options and inputs are; to make it here after all: "
        + pipeline.settings.command("run", about: pipeline.file, ["--force", stage]))
    Output.error("next: \(pipeline.settings.command("plan", about: pipeline.file))")
  }
}
