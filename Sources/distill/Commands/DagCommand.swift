import ArgumentParser
import Files
import Pipelines
import Report

/// `distill dag`: draws the graph of a pipeline.
struct DagCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dag", abstract: "Draw the graph of a pipeline: which stage reads what.",
    usage: "distill dag [<place>] [--format text|mermaid|svg] [options]",
    discussion: """
      Of a pipeline file what it says should be; of a workspace its last run, with how each stage \
      stands.
      """)

  /// How it is drawn.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, mermaid, svg }

  @OptionGroup var given: PlaceOptions

  @Option(help: "Draw text, mermaid or svg.")
  var format = Format.text

  func run() throws {
    let graph: StageGraph
    switch try given.find() {
    case .pipeline(let pipeline): graph = StageGraph(pipeline)
    case .workspace(let workspace):
      let attempts = try RunHistory(in: [workspace]).attempts
      guard let manifest = try Manifest.read(workspace) else {
        throw PipelineError(
          .missingInput, at: workspace.path, "nothing has run here yet; run it first")
      }
      graph = StageGraph(manifest, attempts)
    }
    switch format {
    case .text: for line in graph.lines(within: Output.width) { Output.data(line) }
    case .mermaid: for line in graph.mermaidLines { Output.data(line) }
    case .svg: Output.data(graph.svg)
    }
  }
}
