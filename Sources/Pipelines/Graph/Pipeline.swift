internal import Files

/// Something from outside that a pipeline reads.
public struct PipelineSource: Sendable {
  /// Name by which stages refer to it.
  public let name: String
  /// Files or folders, as paths from the current folder.
  public let paths: [String]
  /// Where it is declared.
  public let location: Location?

  /// A source.
  public init(name: String, paths: [String], location: Location? = nil) {
    self.name = name
    self.paths = paths
    self.location = location
  }

  /// Whether one of its paths is the address of something on a server, which has to be fetched.
  var isElsewhere: Bool { paths.contains(where: ServerAddress.isMeant) }

  /// The source with paths in the place of addresses.
  func located(_ locate: (String) throws -> String) rethrows -> PipelineSource {
    PipelineSource(
      name: name, paths: try paths.map { ServerAddress.isMeant($0) ? try locate($0) : $0 },
      location: location)
  }
}

/// A stage of a pipeline: a kind with its options, inputs and outputs by name.
public struct PipelineStage: Sendable {
  /// What feeds one port, in order.
  public struct Input: Sendable, Equatable {
    /// The port.
    public let port: String
    /// Artifacts or sources.
    public let names: [String]
    /// Where it is declared.
    public let location: Location?

    /// An input.
    public init(port: String, names: [String], location: Location? = nil) {
      self.port = port
      self.names = names
      self.location = location
    }
  }

  /// What one port produces.
  public struct Output: Sendable, Equatable {
    /// The port.
    public let port: String
    /// Name of the artifact.
    public let name: String
    /// Where it is written when that is not in the workspace.
    public let path: String?
    /// Where it is declared.
    public let location: Location?

    /// An output.
    public init(port: String, name: String, path: String? = nil, location: Location? = nil) {
      self.port = port
      self.name = name
      self.path = path
      self.location = location
    }
  }

  /// Name, unique in the pipeline; `student@seed=1` for an instance of a matrix.
  public let name: String
  /// Name in the file, the same for all instances of a matrix.
  public let baseName: String
  /// The kind of work.
  public let kind: any Stage.Type
  /// Its checked options.
  public let options: OptionValues
  /// Seed of its random streams.
  public let seed: UInt64
  /// What it reads.
  public let inputs: [Input]
  /// What it writes.
  public let outputs: [Output]
  /// The command, word by word, that its process is started through; empty for none.
  public let launcher: [String]
  /// Where that is declared.
  public let launcherLocation: Location?
  /// Its own number of threads; nil for the run's.
  public let threads: Int?
  /// Where it is declared.
  public let location: Location?

  /// A stage.
  public init(
    name: String, baseName: String? = nil, kind: any Stage.Type, options: OptionValues,
    seed: UInt64, inputs: [Input], outputs: [Output], launcher: [String] = [],
    launcherLocation: Location? = nil, threads: Int? = nil, location: Location? = nil
  ) {
    self.name = name
    self.baseName = baseName ?? name
    self.kind = kind
    self.options = options
    self.seed = seed
    self.inputs = inputs
    self.outputs = outputs
    self.launcher = launcher
    self.launcherLocation = launcherLocation
    self.threads = threads
    self.location = location
  }

  /// The declared port of an output.
  func outputKind(_ port: String) -> String {
    kind.outputs.first { $0.name == port }?.kinds.first ?? "file"
  }
}

/// A checked pipeline: a graph without faults, its stages in an order in which they can run.
public struct Pipeline: Sendable {
  /// The seed where nobody gives one.
  public static let defaultSeed: UInt64 = 42

  /// Name.
  public let name: String
  /// Seed of the stages that declare none.
  public let seed: UInt64
  /// Where it works.
  public let workspace: Workspace
  /// What it reads from outside.
  public let sources: [PipelineSource]
  /// The file it was read from, nil when it was built in code.
  public let file: String?
  /// Its stages: every stage after those it reads from, else in the order of the file.
  public let stages: [PipelineStage]
  /// Where the output of each name is made: places in `stages` and in the stage's outputs.
  private let producers: [String: (stage: Int, output: Int)]
  private let sourcesByName: [String: PipelineSource]

  /// Checks the graph and orders it; `file` names the pipeline file in faults.
  ///
  /// - Throws: `PipelineError` with every fault of the graph.
  public init(
    name: String, seed: UInt64, workspace: Workspace, sources: [PipelineSource],
    stages: [PipelineStage], file: String? = nil
  ) throws {
    let graph = Graph(sources: sources, stages: stages, workspace: workspace, file: file)
    guard graph.faults.isEmpty else { throw PipelineError(.badPipeline, faults: graph.faults) }
    self.name = name
    self.seed = seed
    self.workspace = workspace
    self.sources = sources
    self.stages = graph.order.map { stages[$0] }
    self.file = file
    var producers: [String: (stage: Int, output: Int)] = [:]
    for (index, stage) in self.stages.enumerated() {
      for (place, output) in stage.outputs.enumerated() { producers[output.name] = (index, place) }
    }
    self.producers = producers
    sourcesByName = Dictionary(sources.map { ($0.name, $0) }) { first, _ in first }
  }

  /// The stage that makes the artifact `name`, with the output.
  func producer(of name: String) -> (stage: PipelineStage, output: PipelineStage.Output)? {
    producers[name].map { (stages[$0.stage], stages[$0.stage].outputs[$0.output]) }
  }

  /// The source `name`.
  func source(_ name: String) -> PipelineSource? { sourcesByName[name] }

  /// Where an output of a stage is written.
  public func path(of output: PipelineStage.Output, of stage: PipelineStage) -> String {
    output.path ?? workspace.artifactPath(output.name, kind: stage.outputKind(output.port))
  }
}

extension Pipeline {
  /// The stages with what feeds them, as the manifest freezes them.
  var graphJSON: [JSONValue] {
    stages.map { stage in
      let inputs = stage.inputs.map { ($0.port, JSONValue.array($0.names.map { .string($0) })) }
      let outputs = stage.outputs.map { ($0.port, JSONValue.string($0.name)) }
      var members: [String: JSONValue] = [
        "stage": .string(stage.name), "kind": .string(stage.kind.kind),
        "inputs": .sorted(Dictionary(inputs) { first, _ in first }),
        "outputs": .sorted(Dictionary(outputs) { first, _ in first }),
      ]
      let paths = stage.outputs.compactMap { output in
        output.path.map { (output.port, JSONValue.string($0)) }
      }
      // Where the user named them.
      if !paths.isEmpty { members["paths"] = .sorted(Dictionary(paths) { first, _ in first }) }
      return .sorted(members)
    }
  }
}
