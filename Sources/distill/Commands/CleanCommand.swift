import ArgumentParser
import Artifacts
import Files
import Pipelines
import Stages

/// `distill clean`: removes from a workspace what nothing refers to.
struct CleanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean", abstract: "Remove from a pipeline's workspace what nothing refers to.",
    usage: "distill clean <place> [--dry-run] [--cache] [--json] [options]",
    discussion: """
      Outputs that no stage is recorded to have made, checkpoints of stages that are done or unknown, \
      and what was left half-written. Files in the workspace that are not the program's own stay.
      """)

  @OptionGroup var given: PlaceOptions

  @Flag(help: "Show what would be removed, and do nothing.")
  var dryRun = false

  @Flag(help: "Remove the caches too; they are made again when needed.")
  var cache = false

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let place = try given.find()
    var pipeline: Pipeline?
    if case .pipeline(let found) = place { pipeline = found }
    let cleaning = try WorkspaceCleaner(
      place.workspace, of: pipeline, removesCaches: cache, isDryRun: dryRun
    ).clean()
    if json {
      Output.data(try cleaning.json.indented())
      return
    }
    for item in cleaning.items {
      Output.data("\(printable(item.path)): \(item.bytes.byteSize), \(item.reason)")
    }
    if cleaning.items.isEmpty { return Output.data("nothing to remove") }
    Output.data(
      "\(cleaning.bytes.byteSize) in \(cleaning.items.count) "
        + (cleaning.items.count == 1 ? "place" : "places")
        + (dryRun ? " would be removed" : " removed"))
  }
}
