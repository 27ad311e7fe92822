import ArgumentParser
import Pipelines
import Stages

/// What takes the place of a pipeline file's own words: the options of every command about one.
struct PipelineSettings: ParsableArguments {
  @Option(help: "Take the place of the file's seed.")
  var seed: UInt64?

  @Option(help: "Work in this folder instead of the file's workspace.")
  var workspace: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Take the place of a value in the file, such as stages.prediction.seed=7; may be repeated.",
      valueName: "key=value"))
  var settings: [String] = []

  /// Whether none is given.
  var isEmpty: Bool { seed == nil && workspace == nil && settings.isEmpty }

  /// A command about the same pipeline or workspace, as a shell takes it.
  func command(_ name: String, about place: String, _ words: [String] = []) -> String {
    var all = ["distill", name, place] + words
    if let seed { all += ["--seed", "\(seed)"] }
    if let workspace { all += ["--workspace", workspace] }
    for setting in settings { all += ["--set", setting] }
    return all.map { CommandLine.spoken($0) }.joined(separator: " ")
  }

  /// Reads and checks a file; `models` fetches what is on a server, without it what was fetched before is
  /// known.
  func load(_ file: String, fetching models: FetchedModels? = nil) throws -> Pipeline {
    guard workspace != "" else {
      throw PipelineError(
        .usage, at: "--workspace", "the path is empty; name a folder, such as . for this one")
    }
    return try PipelineFile.load(
      file, registry: Kinds.registry, seed: seed, workspace: workspace, settings: settings,
      locate: { address, workspace in
        try models?.folder(address) ?? FetchedModels().known(address, in: workspace)
      })
  }
}

/// How many threads a command may use.
struct ThreadOption: ParsableArguments {
  @Option(help: "Threads (as many as this process may use).")
  var threads: Int?

  /// As many as asked for, else one for each core that it may use.
  var count: Int { threads ?? Machine.cores }

  func validate() throws {
    let range = RunOptions.threadRange
    guard threads.map(range.contains) ?? true else {
      throw ValidationError("--threads must be from \(range.lowerBound) to \(range.upperBound)")
    }
  }
}

/// The pipeline file and what takes the place of its words.
struct PipelineOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The pipeline file (distill.yaml).", valueName: "file"))
  var given: String?

  @OptionGroup var settings: PipelineSettings

  /// The pipeline file.
  var file: String { (try? UsualFile.place(given)) ?? UsualFile.name }

  /// Reads and checks the file.
  func load(fetching models: FetchedModels? = nil) throws -> Pipeline {
    try settings.load(UsualFile.place(given), fetching: models)
  }
}
