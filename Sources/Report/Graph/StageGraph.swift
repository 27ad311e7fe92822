internal import Files
package import Pipelines

/// The stages of a pipeline and what passes between them, to be drawn.
package struct StageGraph: Sendable {
  /// What one port reads.
  struct Input: Sendable, Equatable {
    let port: String
    let names: [String]
  }

  /// A stage.
  struct Node: Sendable {
    let name: String
    let kind: String
    let inputs: [Input]
    /// Names of the artifacts that it makes.
    let outputs: [String]
    /// How it stands; nil where only the plan is known.
    var state: String?
    /// Seconds that it took.
    var seconds: Double?
  }

  /// Something that one stage makes and another one reads.
  struct Edge: Hashable {
    /// Places in `nodes`.
    let from: Int
    let to: Int
  }

  /// Name of the pipeline.
  package let name: String
  /// The stages, every one after those it reads from.
  private(set) var nodes: [Node]

  init(name: String, nodes: [Node]) {
    self.name = name
    self.nodes = nodes
  }

  /// The graph of a pipeline.
  package init(_ pipeline: Pipeline) {
    self.init(
      name: pipeline.name,
      nodes: pipeline.stages.map { stage in
        Node(
          name: stage.name, kind: stage.kind.kind,
          inputs: stage.inputs.map { Input(port: $0.port, names: $0.names) },
          outputs: stage.outputs.map(\.name))
      })
  }

  /// The graph of a workspace's last run, with how each stage stands.
  ///
  /// - Parameters:
  ///   - manifest: The record of the workspace.
  ///   - attempts: Its attempts, of which the last at each stage count.
  package init(_ manifest: Manifest, _ attempts: [Attempt]) {
    let current = Dictionary(attempts.filter(\.isCurrent).map { ($0.stage, $0) }) { first, _ in
      first
    }
    self.init(name: manifest.pipeline, nodes: manifest.graph.compactMap { Node($0) })
    for place in nodes.indices {
      let attempt = current[nodes[place].name]
      nodes[place].state = attempt?.status ?? StageStatus.pending.rawValue
      nodes[place].seconds = attempt?.seconds
    }
  }

  /// The names that no stage makes, in the order in which they are first read.
  var sources: [String] {
    let made = Set(nodes.flatMap(\.outputs))
    var seen: Set<String> = []
    return nodes.flatMap { $0.inputs.flatMap(\.names) }
      .filter { !made.contains($0) && seen.insert($0).inserted }
  }

  /// For each stage the stages that it reads from, ascending, and each once.
  var predecessors: [[Int]] {
    var makers: [String: Int] = [:]
    for (place, node) in nodes.enumerated() {
      for output in node.outputs where makers[output] == nil { makers[output] = place }
    }
    return nodes.enumerated().map { place, node in
      // What a stranger's record says of cycles is not drawn.
      Set(node.inputs.flatMap(\.names).compactMap { makers[$0] }.filter { $0 < place }).sorted()
    }
  }

  /// What a stage reads from outside.
  func sources(of node: Node) -> [String] {
    let outside = Set(sources)
    return node.inputs.flatMap(\.names).filter(outside.contains)
  }
}

extension StageGraph.Node {
  /// A stage as a manifest has it.
  fileprivate init?(_ value: JSONValue) {
    guard let name = value.object?["stage"]?.string else { return nil }
    let inputs = value.object?["inputs"]?.object?.members ?? []
    let outputs = value.object?["outputs"]?.object?.members ?? []
    self.init(
      name: name, kind: value.object?["kind"]?.string ?? "",
      inputs: inputs.map { input in
        StageGraph.Input(
          port: input.name, names: (input.value.array ?? []).compactMap(\.string))
      },
      outputs: outputs.compactMap(\.value.string))
  }
}
