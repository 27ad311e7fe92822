internal import Files

/// The graph of a pipeline: edges follow from the names of artifacts alone.
struct Graph {
  /// How many names are compared with all others.
  private static let suggestionLimit = 20

  private(set) var faults: [PipelineFault] = []
  /// Indices of the stages in an order in which they can run, if there are no faults.
  ///
  /// Among those that could be next it is the first of the file.
  private(set) var order: [Int] = []

  private let sources: [PipelineSource]
  private let stages: [PipelineStage]
  private let workspace: Workspace
  private let file: String?
  /// Artifact name to the stage and output that make it.
  private var producers: [String: (stage: Int, output: PipelineStage.Output)] = [:]
  private var sourcesByName: [String: PipelineSource] = [:]
  /// The names that inputs may have, once they are needed for a suggestion.
  private var known: Suggestions?
  /// Suggestions that were looked for: so many faults are read, and each costs time.
  private var suggestionCount = 0
  /// Per stage, the stages it reads from, ascending.
  private var predecessors: [[Int]] = []

  init(
    sources: [PipelineSource], stages: [PipelineStage], workspace: Workspace, file: String?
  ) {
    self.sources = sources
    self.stages = stages
    self.workspace = workspace
    self.file = file
    collectNames()
    for index in stages.indices { checkPorts(of: index) }
    for index in stages.indices { predecessors.append(checkInputs(of: index)) }
    checkUnusedSources()
    checkPaths()
    let sorting = StageOrder(predecessors)
    order = sorting.order
    for cycle in sorting.cycles {
      let names = (cycle + cycle.prefix(1)).map { stages[$0].name }
      fault(
        stages[cycle[0]].location, "stages.\(names[0])",
        "the stages wait for each other: " + names.joined(separator: " -> "))
    }
  }

  private mutating func fault(_ location: Location?, _ keyPath: String, _ message: String) {
    faults.append(
      PipelineFault(file: file, location: location, keyPath: keyPath, message: message))
  }

  private mutating func collectNames() {
    var owners: [String: String] = [:]
    for source in sources {
      let key = source.name.lowercased()
      if let other = owners[key] {
        fault(source.location, "sources.\(source.name)", "the name is taken by \(other)")
      }
      owners[key] = "source \(source.name)"
      sourcesByName[source.name] = source
    }
    var stageNames: Set<String> = []
    for (index, stage) in stages.enumerated() {
      if !stageNames.insert(stage.name.lowercased()).inserted {
        fault(stage.location, "stages.\(stage.name)", "two stages have this name")
      }
      for output in stage.outputs {
        let key = output.name.lowercased()
        if let other = owners[key] {
          // File systems that fold case would write both to one place.
          fault(
            output.location, "stages.\(stage.name).outputs.\(output.port)",
            "the name \(output.name) is taken by \(other); every output needs its own name")
          continue
        }
        owners[key] = "an output of stage \(stage.name)"
        producers[output.name] = (index, output)
      }
    }
  }

  /// Every required port is connected, none twice, none unknown.
  private mutating func checkPorts(of index: Int) {
    let stage = stages[index]
    let key = "stages.\(stage.name)"
    check(
      stage.kind.inputs, given: stage.inputs.map { ($0.port, $0.location) }, "inputs", key, stage)
    check(
      stage.kind.outputs, given: stage.outputs.map { ($0.port, $0.location) }, "outputs", key, stage
    )
    for input in stage.inputs {
      guard let port = stage.kind.inputs.first(where: { $0.name == input.port }) else { continue }
      let count = input.names.reduce(0) { $0 + (sourcesByName[$1]?.paths.count ?? 1) }
      if count > 1, !port.allowsMany {
        fault(input.location, "\(key).inputs.\(port.name)", "takes one input, not \(count)")
      }
      var known: Set<String> = []
      if let twice = input.names.first(where: { !known.insert($0).inserted }) {
        fault(
          input.location, "\(key).inputs.\(port.name)",
          "'\(printable(twice))' is named twice; name it once")
      }
    }
  }

  private mutating func check(
    _ ports: [Port], given: [(String, Location?)], _ word: String, _ key: String,
    _ stage: PipelineStage
  ) {
    for (name, location) in given where !ports.contains(where: { $0.name == name }) {
      let suggestion = Suggestion.clause(for: name, among: ports.map(\.name))
      fault(
        location, "\(key).\(word).\(name)",
        "\(stage.kind.kind) has no such \(word.dropLast())\(suggestion)")
    }
    for port in ports {
      let places = given.filter { $0.0 == port.name }
      if places.count > 1 {
        fault(places[1].1, "\(key).\(word).\(port.name)", "is given \(places.count) times")
      }
    }
    for port in Port.missing(ports, given: given.map(\.0)) {
      fault(
        stage.location, key,
        "the \(word.dropLast()) \"\(port.name)\" is missing (\(port.help)); add \(word): "
          + "{ \(port.name): ... }")
    }
  }

  /// Resolves the inputs of a stage and compares kinds; returns the stages it reads from.
  private mutating func checkInputs(of index: Int) -> [Int] {
    let stage = stages[index]
    var found: Set<Int> = []
    for input in stage.inputs {
      let port = stage.kind.inputs.first { $0.name == input.port }
      let key = "stages.\(stage.name).inputs.\(input.port)"
      for name in input.names {
        if let producer = producers[name] {
          found.insert(producer.stage)
          let kind = stages[producer.stage].outputKind(producer.output.port)
          if let port, !port.kinds.contains(kind) {
            fault(
              input.location, key,
              "takes \(port.kinds.joined(separator: " or ")), but \(name) is a \(kind) made by "
                + "stage \(stages[producer.stage].name)")
          }
        } else if sourcesByName[name] == nil {
          fault(
            input.location, key,
            "no source or output is named \"\(printable(name))\"" + suggestion(for: name))
        }
      }
    }
    return found.sorted()
  }

  /// What an input may have meant, for the first faults.
  private mutating func suggestion(for name: String) -> String {
    suggestionCount += 1
    guard suggestionCount <= Self.suggestionLimit else { return "" }
    let names =
      known
      ?? Suggestions(
        (sources.map(\.name) + stages.flatMap { $0.outputs.map(\.name) }).uniqued())
    known = names
    return names.clause(for: name)
  }

  private mutating func checkUnusedSources() {
    let used = Set(stages.flatMap { $0.inputs.flatMap(\.names) })
    let unused = sources.filter { !used.contains($0.name) }
    guard !unused.isEmpty else { return }
    let unknown = Suggestions(
      used.filter { sourcesByName[$0] == nil && producers[$0] == nil }.sorted())
    for (index, source) in unused.enumerated() {
      let nearest = index < Self.suggestionLimit ? unknown.nearest(to: source.name) : nil
      let suggestion =
        nearest.map { "; \"\($0)\" may be meant to be it" } ?? "; remove it or use it"
      fault(source.location, "sources.\(source.name)", "no stage reads this source\(suggestion)")
    }
  }

  /// An output may not be, hold or lie in anything that is read or written, nor the workspace in
  /// anything that is read, nor be or lie in an output.
  private mutating func checkPaths() {
    var taken = TakenPlaces()
    for source in sources {
      for path in source.paths { taken.take(path, as: "source \(source.name)") }
    }
    let around = taken.owner(holding: workspace.path)
    if let what = around {
      fault(
        nil, file == nil ? "--workspace" : "workspace",
        "\(printable(workspace.path)) lies in \(what), which each run would change; work elsewhere")
    }
    let workplace = canonicalPath(workspace.path)
    let artifacts = canonicalPath(workspace.artifactsPath)
    for stage in stages {
      // Those in the workspace differ by name, and lie where it lies.
      for output in stage.outputs where output.path != nil || around == nil {
        let standard = workspace.artifactPath(output.name, kind: stage.outputKind(output.port))
        let place =
          output.path.map(canonicalPath) ?? artifacts
          + standard.dropFirst(workspace.artifactsPath.count)
        if let what = taken.conflict(with: place) {
          fault(
            output.location, "stages.\(stage.name).outputs.\(output.port)",
            "\(printable(output.path ?? standard)) would overwrite or lie in \(what); choose another "
              + "place")
        } else if let path = output.path {
          taken.take(path, as: "an output of stage \(stage.name)")
          // The one beside an output is nobody's mistake.
          guard workspace.path != Pipeline.ownWorkspace(of: path),
            workplace == place || workplace.hasPrefix(place == "/" ? place : place + "/")
          else { continue }
          fault(
            nil, file == nil ? "--workspace" : "workspace",
            "\(printable(workspace.path)) is or lies in the output \(printable(path)), which would "
              + "take its place; work in another folder")
        }
      }
    }
  }
}
