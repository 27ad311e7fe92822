import ArgumentParser
import Pipelines
import Stages

/// The pipeline file and where it works: the options of every command about a pipeline.
struct PipelineOptions: ParsableArguments {
  @Argument(help: "The pipeline file (YAML).")
  var file: String

  @Option(help: "Take the place of the file's seed.")
  var seed: UInt64?

  @Option(help: "Work in this folder instead of the file's workspace.")
  var workspace: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Take the place of a value in the file, such as stages.task.seed=7; may be repeated.",
      valueName: "key=value"))
  var settings: [String] = []

  /// Reads and checks the file.
  func load() throws -> Pipeline {
    try PipelineFile.load(
      file, registry: Kinds.registry, seed: seed, workspace: workspace, settings: settings)
  }
}
