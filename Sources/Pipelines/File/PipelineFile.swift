internal import Files

/// Reads a pipeline file.
///
/// Everything wrong with it is found at once, before any work, each fault with line and column.
public enum PipelineFile {
  /// The largest file accepted, in bytes.
  static let sizeLimit = 1 << 20

  /// Reads, checks and expands the file at `path`.
  ///
  /// - Parameters:
  ///   - path: The file. Sources and workspace are relative to its folder.
  ///   - registry: The stage kinds it may name.
  ///   - seed: Takes the place of the file's `seed:`; stages that have their own keep it.
  ///   - workspace: Takes the place of the file's `workspace:`; may be anywhere.
  ///   - settings: Values that take the place of the file's, each as `KEY=VALUE`; see `Setting`.
  ///   - locate: Gives the path of a source that is an address, such as `mlflow:models/NAME@ALIAS`; asked
  ///     when all else is right, so that nothing is fetched for a file with faults.
  /// - Returns: The pipeline, ready to run.
  /// - Throws: `PipelineError` with status `usage` for a setting without key, with status
  ///   `badPipeline` and every fault for all else, a text that is not UTF-8 among it; `FileError` if the
  ///   file cannot be read.
  public static func load(
    _ path: String, registry: StageRegistry, seed: UInt64? = nil, workspace: String? = nil,
    settings: [String] = [], locate: ((String, Workspace) throws -> String)? = nil
  ) throws -> Pipeline {
    let settings = try Setting.read(settings)
    let text: String
    do {
      text = try BoundedReader.text(at: path, limit: sizeLimit)
    } catch let error as FileError where error.kind == .invalidText {
      let fault = PipelineFault(
        file: path, keyPath: "", message: "\(error.detail); save it as UTF-8")
      throw PipelineError(.badPipeline, faults: [fault])
    }
    return try parse(
      text, path: path, registry: registry, seed: seed, workspace: workspace, settings: settings,
      looksAhead: true, locate: locate)
  }

  /// Reads the text of a file that is not written yet.
  ///
  /// - Parameters:
  ///   - text: What it will hold.
  ///   - path: Where it will lie; sources and workspace are relative to its folder.
  ///   - registry: The stage kinds it may name.
  ///   - workspace: As of `load`.
  ///   - settings: As of `load`.
  ///   - locate: As of `load`.
  /// - Returns: The pipeline.
  /// - Throws: `PipelineError` with every fault.
  public static func read(
    _ text: String, as path: String, registry: StageRegistry, workspace: String? = nil,
    settings: [String] = [], locate: ((String, Workspace) throws -> String)? = nil
  ) throws -> Pipeline {
    try parse(
      text, path: path, registry: registry, workspace: workspace,
      settings: try Setting.read(settings), locate: locate)
  }

  /// Like `load`, for a text that was read already; beside faults of the text it tells those of what
  /// it names where it `looksAhead`.
  static func parse(
    _ text: String, path: String, registry: StageRegistry, seed: UInt64? = nil,
    workspace: String? = nil, settings: [Setting] = [], looksAhead: Bool = false,
    locate: ((String, Workspace) throws -> String)? = nil
  ) throws -> Pipeline {
    var tree = YAMLTreeReader(file: path)
    var root = tree.read(text)
    var faults = tree.faults
    for setting in settings { setting.apply(to: &root, file: path, &faults) }
    var reader = PipelineFileReader(
      path: path, registry: registry, faults: faults, looksAhead: looksAhead)
    guard let root else { throw reader.error }
    reader.read(root, seed: seed, workspace: workspace)
    return try reader.makePipeline(locate)
  }
}

/// Builds the description of a pipeline from its tree, collecting faults.
struct PipelineFileReader {
  /// The most stages of a file, every instance counted.
  static let stageLimit = 10_000
  static let keys = ["pipeline", "seed", "workspace", "sources", "stages"]

  let path: String
  let registry: StageRegistry
  /// Whether what the file names is looked at where the file is wrong.
  let looksAhead: Bool
  private(set) var faults: [PipelineFault]

  private var name = ""
  private var seed = Pipeline.defaultSeed
  private var workspace: Workspace?
  private var sources: [PipelineSource] = []
  private var stages: [PipelineStage] = []
  /// Stages whose own options are not right.
  private var faulty: Set<String> = []
  /// Whether every stage and source of the file has its place in the graph.
  private var isGraphKnown = true

  init(path: String, registry: StageRegistry, faults: [PipelineFault], looksAhead: Bool) {
    self.looksAhead = looksAhead
    self.path = path
    self.registry = registry
    self.faults = faults
    // What the tree left out may have been part of the graph.
    isGraphKnown = faults.isEmpty
  }

  /// The folder of the file.
  private var folder: String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// All faults found so far.
  var error: PipelineError { PipelineError(.badPipeline, faults: faults) }

  mutating func fault(_ location: Location?, _ keyPath: String, _ message: String) {
    faults.append(
      PipelineFault(file: path, location: location, keyPath: keyPath, message: message))
  }

  /// The pipeline, if there are no faults, those of the graph included.
  mutating func makePipeline(_ locate: ((String, Workspace) throws -> String)?) throws -> Pipeline {
    let workspace = workspace ?? Workspace(path: folder)
    var found: Pipeline?
    // Where a stage or source is missing from the graph, what would follow is no news.
    if isGraphKnown {
      do {
        let made = try assemble(in: workspace, of: sources)
        if faults.isEmpty { found = made }
      } catch let error as PipelineError {
        faults += error.faults
      }
    }
    if let found {
      guard let locate, sources.contains(where: \.isElsewhere) else { return found }
      return try assemble(
        in: workspace,
        of: sources.map { source in
          try source.located { try locate($0, workspace) }
        })
    }
    if looksAhead {
      let here = sources.filter { !$0.isElsewhere }
      faults += Foresight.missing(here, file: path)
      if isGraphKnown, here.count == sources.count { faults += foresee(workspace) }
    }
    throw error
  }

  private func assemble(in workspace: Workspace, of sources: [PipelineSource]) throws -> Pipeline {
    try Pipeline(
      name: name, seed: seed, workspace: workspace, sources: sources, stages: stages, file: path)
  }

  /// What else can be found wrong before any work, with the stages whose own options are right;
  /// nothing where the graph is wrong, but for sources that no stage reads.
  private func foresee(_ workspace: Workspace) -> [PipelineFault] {
    let read = Set(stages.flatMap { $0.inputs.flatMap(\.names) })
    let used = sources.filter { read.contains($0.name) }
    guard let pipeline = try? assemble(in: workspace, of: used) else { return [] }
    let adopted = adoptedStages(in: workspace)
    var foresight = Foresight(pipeline, adopted: adopted) { _ in .badPipeline }
    for stage in pipeline.stages where !faulty.contains(stage.name) {
      foresight.look(at: stage, isWanted: !adopted.contains(stage.name))
    }
    return foresight.findings.map(\.fault)
  }

  /// The stages whose outputs were adopted; none where the record cannot be read, which is told
  /// later.
  private func adoptedStages(in workspace: Workspace) -> Set<String> {
    guard let manifest = try? Manifest.read(workspace), manifest.pipeline == name else { return [] }
    return Set(manifest.stages.filter { $0.value.status == .frozen }.keys)
  }

  mutating func read(_ root: YAMLTree, seed givenSeed: UInt64?, workspace givenWorkspace: String?) {
    guard case .mapping(let members, _) = root else {
      isGraphKnown = false
      return fault(root.location, "", "expected a mapping with pipeline, sources and stages")
    }
    for member in members where !Self.keys.contains(member.key) {
      let suggestion = Suggestion.clause(for: member.key, among: Self.keys)
      fault(member.location, printable(member.key), "there is no such key\(suggestion)")
      // It may be `sources` or `stages`, misspelt.
      isGraphKnown = false
    }
    func value(_ key: String) -> YAMLTree? { members.first { $0.key == key }?.value }

    if let tree = value("pipeline") {
      name = readName(tree, keyPath: "pipeline") ?? ""
    } else {
      fault(root.location, "pipeline", "the name of the pipeline is missing; add pipeline: NAME")
    }
    if let tree = value("seed"), let read = readSeed(tree, keyPath: "seed") { seed = read }
    seed = givenSeed ?? seed
    readWorkspace(value("workspace"), given: givenWorkspace)
    if let tree = value("sources") { readSources(tree) }
    if let tree = value("stages") {
      readStages(tree)
    } else {
      isGraphKnown = false
      fault(root.location, "stages", "the stages are missing; add stages: with at least one")
    }
  }

  private mutating func readName(_ tree: YAMLTree, keyPath: String) -> String? {
    guard case .scalar(let scalar, let location) = tree, !scalar.isNull else {
      fault(tree.location, keyPath, "expected a name, not \(tree.kindName)")
      return nil
    }
    if let reason = Name.fault(scalar.text) {
      fault(location, keyPath, reason)
      return nil
    }
    return scalar.text
  }

  private mutating func readSeed(_ tree: YAMLTree, keyPath: String) -> UInt64? {
    do throws(OptionFault) {
      guard case .scalar(let scalar, _) = tree else {
        throw OptionFault(message: "expected a whole number, not \(tree.kindName)")
      }
      return try StageDeclaration.seed(scalar)
    } catch {
      fault(tree.location, keyPath, error.message)
      return nil
    }
  }

  private mutating func readWorkspace(_ tree: YAMLTree?, given: String?) {
    var relative = ".distill/" + name
    if let tree {
      guard case .scalar(let scalar, _) = tree, !scalar.isNull else {
        return fault(tree.location, "workspace", "expected a folder, not \(tree.kindName)")
      }
      relative = scalar.text
    } else if name.isEmpty {
      return  // there is a fault already
    }
    do {
      let resolved = try Workspace.resolve(relative, beneath: folder)
      workspace = given.map { Workspace(path: $0) } ?? resolved
    } catch {
      fault(tree?.location, "workspace", "\(error); it must lie beneath the pipeline file's folder")
    }
  }

  private mutating func readSources(_ tree: YAMLTree) {
    if case .scalar(let scalar, _) = tree, scalar.isNull { return }
    guard case .mapping(let members, _) = tree else {
      isGraphKnown = false
      return fault(tree.location, "sources", "expected names with paths, not \(tree.kindName)")
    }
    for member in members {
      let key = "sources.\(printable(member.key))"
      if let reason = Name.fault(member.key) { fault(member.location, key, reason) }
      let items: [YAMLTree]
      if case .sequence(let elements, _) = member.value {
        items = elements
      } else {
        items = [member.value]
      }
      if items.isEmpty { fault(member.value.location, key, "the list of paths is empty") }
      var paths: [String] = []
      for item in items {
        guard case .scalar(let scalar, let location) = item, !scalar.isNull, !scalar.text.isEmpty
        else {
          fault(item.location, key, "expected a path or a list of paths, not \(item.kindName)")
          continue
        }
        if scalar.text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
          fault(location, key, "the path has a control character in it")
        } else if scalar.text.hasPrefix("~") {
          fault(location, key, "~ is not expanded here; write the whole path")
        }
        paths.append(
          scalar.text.hasPrefix("/") || folder == "." || ServerAddress.isMeant(scalar.text)
            ? scalar.text : folder + "/" + scalar.text)
      }
      sources.append(PipelineSource(name: member.key, paths: paths, location: member.location))
    }
  }

  private mutating func readStages(_ tree: YAMLTree) {
    guard case .mapping(let members, _) = tree, !members.isEmpty else {
      isGraphKnown = false
      return fault(
        tree.location, "stages",
        tree.isEmpty
          ? "there is no stage; add at least one, under its name"
          : "expected stages by name, not \(tree.kindName)")
    }
    for member in members {
      var reader = StageDeclarationReader(file: path, name: member.key)
      let declaration = reader.read(member, registry: registry)
      faults += reader.faults
      guard let declaration else {
        isGraphKnown = false
        continue
      }
      var expansion = MatrixExpansion(declaration: declaration, file: path, defaultSeed: seed)
      let instances = expansion.expand()
      guard stages.count + instances.count <= Self.stageLimit else {
        isGraphKnown = false
        return fault(
          member.location, "stages.\(printable(member.key))",
          "more than \(Self.stageLimit) stages, instances counted; divide them among several files")
      }
      stages += instances
      if !(reader.faults + expansion.faults).isEmpty { faulty.formUnion(instances.map(\.name)) }
      faults += expansion.faults
      if !reader.hasOptionFaultsOnly || !expansion.isComplete {
        isGraphKnown = false
      }
    }
  }
}
