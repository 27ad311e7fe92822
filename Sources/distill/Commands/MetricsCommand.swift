import ArgumentParser
import Files
import Pipelines
import Stages

/// `distill metrics`: the final numbers of a pipeline, or of two side by side.
struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics", abstract: "Show the final metrics of a pipeline's stages.",
    subcommands: [MetricsShowCommand.self, MetricsDiffCommand.self],
    defaultSubcommand: MetricsShowCommand.self)
}

/// How numbers are printed: for people, as Markdown, or as JSON.
struct MetricsFormat: ParsableArguments {
  @Flag(help: "Print Markdown tables.")
  var markdown = false

  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws {
    if markdown && json { throw ValidationError("--markdown and --json exclude each other") }
  }
}

/// `distill metrics show`: the final numbers of a pipeline's stages; models that were scored side by
/// side as a table; of a stage that is not done its numbers so far.
struct MetricsShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the final metrics of a pipeline's stages.")

  @OptionGroup var given: PlaceOptions

  @Option(help: "Show this stage alone, or all instances of a matrix by its name in the file.")
  var stage: String?

  @OptionGroup var format: MetricsFormat

  func run() throws {
    let place = try given.find()
    if format.json {
      Output.data(try PipelineReport.json(of: place, stage: stage))
      return
    }
    let sections = try PipelineReport.sections(of: place, stage: stage)
    let unfinished = try PipelineReport.unfinished(of: place, stage: stage)
    let isNamed = stage == nil || sections.count + unfinished.count > 1
    for section in sections { show(section.stage, section.lines, section.markdownLines, isNamed) }
    for section in unfinished {
      show(section.stage.name, section.lines, section.markdownLines, isNamed)
    }
    if sections.isEmpty, unfinished.isEmpty {
      Output.error("\(stage ?? place.workspace.path): nothing has begun yet")
    }
  }

  private func show(_ stage: String, _ lines: [String], _ markdown: [String], _ isNamed: Bool) {
    guard !format.markdown else {
      for line in markdown { Output.data(printable(line)) }
      return
    }
    if isNamed { Output.data(Output.strong(printable(stage))) }
    for line in lines.map(printable) {
      Output.data(isNamed && !line.isEmpty ? "  \(line)" : line)
    }
  }
}
