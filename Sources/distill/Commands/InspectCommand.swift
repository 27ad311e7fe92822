import ArgumentParser
import Files
import Stages

/// `distill inspect`: what an artifact or a model folder is and holds.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what an artifact or a model folder holds.")

  @Argument(
    help: "An artifact (.h5), a Hugging Face model folder, or the address of a model (mlflow:...).")
  var path: String

  @Flag(help: "List the stored arrays too: name, type and shape; JSON always has them.")
  var tensors = false

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let inspection = try Inspection(FetchedModels().folder(path))
    if json { Output.data(try inspection.json()) } else { show(inspection) }
    if let refusal = inspection.refusal { throw refusal }
  }

  private func show(_ inspection: Inspection) {
    for (name, value) in inspection.facts { Output.data(printable("\(name): \(value)")) }
    guard !inspection.contents.isEmpty else { return }
    guard tensors else {
      return Output.data("arrays: \(inspection.contents.count), listed with --tensors")
    }
    Output.data("")
    var table = Table(["dataset", "type", "shape"])
    table.rows = inspection.contents.map { [$0.name, $0.type, "\($0.shape)"] }
    for line in table.lines { Output.data(line) }
  }
}
