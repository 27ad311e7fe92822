extension Pipeline {
  /// The pipeline of a command: what is wrong with its graph is said about flags.
  ///
  /// - Parameters:
  ///   - name: Its name.
  ///   - seed: Its seed.
  ///   - workspace: Where to work.
  ///   - sources: The paths that were given.
  ///   - stages: Its stages, each named as its kind.
  /// - Returns: The pipeline.
  /// - Throws: `PipelineError` with status `usage`.
  public static func commandLine(
    name: String, seed: UInt64, workspace: String, sources: [PipelineSource],
    stages: [PipelineStage]
  ) throws -> Pipeline {
    do {
      return try Pipeline(
        name: name, seed: seed, workspace: Workspace(path: workspace), sources: sources,
        stages: stages)
    } catch let error as PipelineError {
      throw PipelineError(.usage, faults: error.faults.map { flagged($0, in: stages) })
    }
  }

  private static let ownPrefix = "given-"

  /// The name of what is given at a port of a command that is a pipeline of several stages.
  public static func ownName(of port: String) -> String { ownPrefix + port }

  /// Whether a name is such a one, which no user has given.
  static func isOwnName(_ name: String) -> Bool { name.hasPrefix(ownPrefix) }

  /// A fault for every port that must be given on a command line and is not.
  public static func missing(_ ports: [Port], given: [String], isOutput: Bool) -> [PipelineFault] {
    Port.missing(ports, given: given).map { port in
      let flag = isOutput && port.name == ports.first?.name ? "--output" : "--" + port.flag
      return PipelineFault(
        keyPath: flag, message: "missing (\(port.help)); give \(flag) PATH")
    }
  }

  /// The fault with a flag in the place of a key path such as `stages.dataset.inputs.train`.
  private static func flagged(_ fault: PipelineFault, in stages: [PipelineStage]) -> PipelineFault {
    var fault = fault
    guard !fault.keyPath.hasPrefix("--") else { return fault }
    let parts = fault.keyPath.split(separator: ".").map(String.init)
    if parts.count == 4, parts[0] == "stages", let port = parts.last {
      let first = stages.first { $0.name == parts[1] }?.kind.outputs.first?.name
      let isOutput = parts[2] == "outputs" && port == first
      fault.keyPath = isOutput ? "--output" : "--" + Port.flag(port)
    } else {
      // The name of a source or a stage was made for it.
      fault.keyPath = ""
    }
    return fault
  }
}
