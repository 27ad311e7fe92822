internal import Files

/// The graph of a pipeline: edges follow from the names of artifacts alone.
struct Graph {
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
    sortStages()
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
      if Set(input.names).count < input.names.count {
        fault(input.location, "\(key).inputs.\(port.name)", "one input is named twice")
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
    for port in ports where !port.isOptional && !given.contains(where: { $0.0 == port.name }) {
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
          let known = sources.map(\.name) + stages.flatMap { $0.outputs.map(\.name) }
          fault(
            input.location, key,
            "no source or output is named \"\(printable(name))\""
              + Suggestion.clause(for: name, among: known.uniqued()))
        }
      }
    }
    return found.sorted()
  }

  private mutating func checkUnusedSources() {
    let used = Set(stages.flatMap { $0.inputs.flatMap(\.names) })
    for source in sources where !used.contains(source.name) {
      let unknown = used.filter { sourcesByName[$0] == nil && producers[$0] == nil }.sorted()
      let suggestion =
        Suggestion.nearest(to: source.name, among: unknown)
        .map { "; \"\($0)\" may be meant to be it" } ?? "; remove it or use it"
      fault(source.location, "sources.\(source.name)", "no stage reads this source\(suggestion)")
    }
  }

  /// An output may not be, hold or lie in anything that is read or written.
  private mutating func checkPaths() {
    var taken: [(path: String, what: String)] = []
    for source in sources {
      taken += source.paths.map { (normalized($0), "source \(source.name)") }
    }
    for stage in stages {
      for output in stage.outputs {
        let path = normalized(
          output.path
            ?? workspace.artifactPath(output.name, kind: stage.outputKind(output.port)))
        if let other = taken.first(where: { overlaps(path, $0.path) }) {
          fault(
            output.location, "stages.\(stage.name).outputs.\(output.port)",
            "\(printable(path)) would overwrite or lie in \(other.what); choose another place")
        } else if output.path != nil {
          // Those in the workspace differ by name.
          taken.append((path, "an output of stage \(stage.name)"))
        }
      }
    }
  }

  /// Whether one is or holds the other; what is hidden in a folder is no part of its content.
  private func overlaps(_ output: String, _ other: String) -> Bool {
    if output == other || other.hasPrefix(output + "/") { return true }
    guard output.hasPrefix(other + "/") else { return false }
    return !output.dropFirst(other.count).contains("/.")
  }

  /// The path without empty and `.` parts and with `x/..` taken out.
  private func normalized(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else {
        parts.append(part)
      }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }

  /// Kahn's algorithm, always taking the first ready stage of the file.
  ///
  /// Where none is ready there is a cycle; it is reported and taken as done, to find the others.
  private mutating func sortStages() {
    var waiting = predecessors.map { Set($0) }
    var left = Array(stages.indices)
    while !left.isEmpty {
      var done = left.first { waiting[$0].isEmpty }.map { [$0] } ?? []
      if done.isEmpty {
        done = findCycle(among: left)
        let names = (done + done.prefix(1)).map { stages[$0].name }
        fault(
          stages[done[0]].location, "stages.\(names[0])",
          "the stages wait for each other: " + names.joined(separator: " -> "))
      }
      order += done
      left.removeAll(where: done.contains)
      for index in left { waiting[index].subtract(done) }
    }
  }

  /// Walks backwards from the first of the unsorted stages, each of which has an unsorted
  /// predecessor, until one is met again.
  ///
  /// The cycle is returned in the direction of the data, beginning with its first stage in the file.
  private func findCycle(among unsorted: [Int]) -> [Int] {
    var current = unsorted[0]
    var path: [Int] = []
    while !path.contains(current) {
      path.append(current)
      current = predecessors[current].first(where: unsorted.contains) ?? current
    }
    var cycle = Array(path.drop { $0 != current }.reversed())
    if let least = cycle.indices.min(by: { cycle[$0] < cycle[$1] }) {
      cycle = Array(cycle[least...] + cycle[..<least])
    }
    return cycle
  }
}
