internal import Files

extension Pipeline {
  /// The pipeline of one stage, for a stage command: the same code, options and manifest as in a
  /// pipeline file, with paths as the user typed them.
  ///
  /// - Parameters:
  ///   - kind: The kind of stage.
  ///   - options: Its options.
  ///   - seed: Its seed.
  ///   - inputs: Paths by port, in the order given.
  ///   - outputs: Paths by port; they may be anywhere.
  ///   - workspace: Where to work; nil for `<first output>.distill`.
  /// - Returns: The pipeline, ready to run.
  /// - Throws: `PipelineError` with status `usage` for ports that are missing, unknown or too many,
  ///   and for an output that would overwrite an input.
  public static func stage(
    _ kind: any Stage.Type, options: OptionValues, seed: UInt64,
    inputs: [(port: String, paths: [String])], outputs: [(port: String, path: String)],
    workspace: String? = nil
  ) throws -> Pipeline {
    guard let folder = workspace ?? outputs.first.map({ ownWorkspace(of: $0.path) }) else {
      throw PipelineError(
        .usage, at: "--output",
        "missing; give --output PATH, or a place to work in: --workspace PATH")
    }
    var names = SourceNames()
    let sourcesByPort = inputs.map { input in
      PipelineStage.Input(port: input.port, names: input.paths.map { names.name(of: $0) })
    }
    let results = outputs.map { output in
      PipelineStage.Output(
        port: output.port, name: names.fresh("\(kind.kind)-\(output.port)"), path: output.path)
    }
    let stage = PipelineStage(
      name: kind.kind, kind: kind, options: options, seed: seed,
      inputs: sourcesByPort.filter { !$0.names.isEmpty }, outputs: results)
    return try commandLine(
      name: kind.kind, seed: seed, workspace: folder, sources: names.sources, stages: [stage])
  }
}

/// Gives paths typed on a command line short names, each path one, no two the same.
struct SourceNames {
  private(set) var sources: [PipelineSource] = []
  private var taken: Set<String> = []

  /// The last part of the path without its extension, or what makes that unique.
  mutating func name(of path: String) -> String {
    if let known = sources.first(where: { $0.paths == [path] }) { return known.name }
    let last = splitPath(path).name
    let stem = last.dropFirst().lastIndex(of: ".").map { String(last[..<$0]) } ?? last
    let name = fresh(Name.sanitized(stem))
    sources.append(PipelineSource(name: name, paths: [path]))
    return name
  }

  /// `base`, with a number when it is taken.
  mutating func fresh(_ base: String) -> String {
    var name = base
    var number = 2
    while !taken.insert(name.lowercased()).inserted {
      name = "\(base)-\(number)"
      number += 1
    }
    return name
  }
}

extension Pipeline {
  /// The workspace of a command that writes to `path`: beside it, whatever slashes end the path.
  public static func ownWorkspace(of path: String) -> String {
    var name = Substring(path)
    while name.count > 1, name.hasSuffix("/") { name = name.dropLast() }
    return name + ".distill"
  }
}
