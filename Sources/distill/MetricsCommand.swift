import ArgumentParser
import Pipelines
import Stages

/// `distill metrics`: the final numbers of a pipeline's stages; models that were scored side by
/// side as a table.
struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics", abstract: "Show the final metrics of a pipeline's stages.")

  @OptionGroup var pipeline: PipelineOptions

  @Option(help: "Show this stage alone.")
  var stage: String?

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let loaded = try pipeline.load()
    if json {
      Output.data(try PipelineReport.json(of: loaded, stage: stage))
      return
    }
    for section in try PipelineReport.sections(of: loaded, stage: stage) {
      if stage == nil { Output.data(Output.strong(section.stage)) }
      for line in section.lines { Output.data(stage == nil ? "  \(line)" : line) }
    }
  }
}
