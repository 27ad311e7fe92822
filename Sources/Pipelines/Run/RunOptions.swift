/// Which stages a run is about, and how it works.
public struct RunOptions: Sendable {
  /// The numbers of threads that may be asked for.
  public static let threadRange = 1...1_024

  /// Stages to reach, with all they need; empty for the whole pipeline.
  public var until: [String] = []
  /// Stages to begin with: they and all that depends on them run; empty for no such limit.
  public var from: [String] = []
  /// Stages to run alone, on what those before them have already made; empty for no such limit.
  public var only: [String] = []
  /// Stages to run even if they are current.
  public var forced: [String] = []
  /// Threads that the run may use; stages that run at the same time share them evenly.
  public var threads: Int
  /// Stages that may run at the same time, each in a process of its own where there are several.
  public var jobs = 1
  /// Whether stages that do not depend on a failed one still run.
  public var keepsGoing = false
  /// How often a stage is tried again after a failure that may pass: a disk, a service, a process
  /// that was killed.
  public var retries = 0
  /// Whether a stage may go on from a checkpoint that other numerics made.
  public var allowsNumericChange = false
  /// Whether an output that the user named may replace what is not the program's.
  public var overwrites = false
  /// Whether an unchanged stat signature spares reading a file again.
  public var trustsSignatures = true
  /// Whether outputs that are replaced are kept, and taken again when their options and inputs return.
  public var usesRunCache = true

  /// Everything, as needed.
  public init(threads: Int) { self.threads = threads }
}

/// What the runner needs from those who know more than it.
public struct RunServices: Sendable {
  /// Recognises artifacts.
  public let probe: ArtifactProbe
  /// The exit code that stands for an error.
  public let exitStatus: @Sendable (any Error) -> ExitStatus
  /// Versions, machine and variables to record with each stage.
  public let environment: [String: String]
  /// Name and version of the program.
  public let createdBy: String
  /// The program's file, which a stage's process executes; nil where stages only run in this process.
  public let program: String?
  /// The step that the newest whole checkpoint in a folder was taken at, nil when there is none.
  public let checkpointStep: @Sendable (_ folder: String) -> Int?
  /// Makes an artifact of kind `model` from a model folder; nil where nobody can.
  public let importFolder: (@Sendable (_ folder: String, _ artifact: String) throws -> Void)?
  /// What to do about a missing path that the user wrote so, to be appended to a message; empty where
  /// nothing is known.
  public let missingAdvice: @Sendable (_ path: String, _ written: String) -> String
  /// How many bytes of memory a process may still take; nil where nobody says.
  public let freeMemory: (@Sendable () -> Int)?

  /// Services.
  public init(
    probe: ArtifactProbe,
    exitStatus: @escaping @Sendable (any Error) -> ExitStatus,
    environment: [String: String], createdBy: String, program: String? = nil,
    checkpointStep: @escaping @Sendable (_ folder: String) -> Int? = { _ in nil },
    importFolder: (@Sendable (_ folder: String, _ artifact: String) throws -> Void)? = nil,
    missingAdvice: @escaping @Sendable (_ path: String, _ written: String) -> String = { _, _ in ""
    },
    freeMemory: (@Sendable () -> Int)? = nil
  ) {
    self.probe = probe
    self.exitStatus = exitStatus
    self.environment = environment
    self.createdBy = createdBy
    self.program = program
    self.checkpointStep = checkpointStep
    self.importFolder = importFolder
    self.missingAdvice = missingAdvice
    self.freeMemory = freeMemory
  }
}

/// The stages that the names on a command line mean.
struct StageSelection {
  let selected: Set<String>
  let forced: Set<String>
  /// The stages that were named, one way or another.
  let named: Set<String>

  /// Resolves names; a name of the file stands for all instances of its matrix.
  ///
  /// - Throws: `PipelineError` with status `usage` for names that mean nothing.
  init(_ options: RunOptions, in pipeline: Pipeline) throws {
    var faults: [PipelineFault] = []
    func resolve(_ names: [String], _ flag: String) -> Set<String> {
      var found: Set<String> = []
      for name in names {
        let matches = pipeline.stages.filter { $0.name == name || $0.baseName == name }
        if matches.isEmpty {
          let known = pipeline.stages.flatMap { [$0.name, $0.baseName] }
          let suggestion = Suggestion.clause(for: name, among: known.uniqued())
          faults.append(
            PipelineFault(keyPath: flag, message: "there is no stage \"\(name)\"\(suggestion)"))
        }
        found.formUnion(matches.map(\.name))
      }
      return found
    }
    let until = resolve(options.until, "--until")
    let only = resolve(options.only, "--only")
    let from = resolve(options.from, "--from")
    forced = resolve(options.forced, "--force")
    for (names, flag) in [(options.until, "--until"), (options.from, "--from")]
    where !names.isEmpty && !options.only.isEmpty {
      faults.append(PipelineFault(keyPath: "--only", message: "cannot be combined with \(flag)"))
    }
    var selected = Set(pipeline.stages.map(\.name))
    if !until.isEmpty { selected = Self.ancestors(of: until, in: pipeline) }
    if !from.isEmpty { selected.formIntersection(Self.descendants(of: from, in: pipeline)) }
    if !only.isEmpty { selected = only }
    named = until.union(only).union(from).union(forced)
    for name in forced.subtracting(selected).sorted() {
      faults.append(
        PipelineFault(keyPath: "--force", message: "stage \(name) takes no part in this run"))
    }
    guard faults.isEmpty else { throw PipelineError(.usage, faults: faults) }
    self.selected = selected
  }

  /// The stages and everything they read from; the stages are in topological order, so one pass
  /// backwards meets every reader before its producer.
  private static func ancestors(of names: Set<String>, in pipeline: Pipeline) -> Set<String> {
    var selected = names
    for stage in pipeline.stages.reversed() where selected.contains(stage.name) {
      selected.formUnion(pipeline.predecessors(of: stage))
    }
    return selected
  }
}

extension StageSelection {
  /// The stages and everything that reads what they make, directly or not.
  private static func descendants(of names: Set<String>, in pipeline: Pipeline) -> Set<String> {
    var selected = names
    for stage in pipeline.stages
    where !selected.isDisjoint(with: pipeline.predecessors(of: stage)) {
      selected.insert(stage.name)
    }
    return selected
  }
}

extension Pipeline {
  /// The stages that `stage` reads from.
  func predecessors(of stage: PipelineStage) -> Set<String> {
    Set(stage.inputs.flatMap(\.names).compactMap { producer(of: $0)?.stage.name })
  }
}

extension Array where Element: Hashable {
  /// The elements without repetitions, in their order.
  package func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
