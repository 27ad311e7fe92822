import ArgumentParser
import Files
import Foundation
import Pipelines
import Stages

/// `distill init`: writes a pipeline file for a teacher and rows.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write a commented pipeline file for your teacher and files.",
    usage: "distill init [<place>] [--teacher <model>] [--train <file>] [options]",
    discussion: """
      Looks at the files and at the teacher, says what it finds, and writes a file that `distill run` \
      takes. On a terminal it asks for what is not given.
      """)

  @Argument(
    help: "The file to write (.yaml), or a folder for distill.yaml.",
    completion: .file(extensions: ["yaml", "yml"]))
  var place = "distill.yaml"

  @OptionGroup(title: "What it is made of") var given: DraftOptions

  @OptionGroup var threads: ThreadOption

  @Flag(help: "Replace a file that is there.")
  var overwrite = false

  @Flag(help: "Print one JSON document about what was written.")
  var json = false

  private var file: String {
    // What begins with a dash would be taken for an option by the commands that follow.
    let place = place.hasPrefix("-") ? "./" + place : place
    if isFolder(place) {
      return (place.hasSuffix("/") ? String(place.dropLast()) : place) + "/distill.yaml"
    }
    return place
  }

  func validate() throws {
    guard isFolder(place) || [".yaml", ".yml"].contains(where: place.hasSuffix) else {
      throw ValidationError(
        "\(place.isEmpty ? "an empty path" : place): a pipeline file's name ends in .yaml or .yml, and a folder has to be there"
      )
    }
  }

  mutating func run() throws {
    if fileExists(file), !overwrite {
      throw FileError(
        .cannotCreate, path: file,
        detail: "is there; name another file, or replace it with --overwrite")
    }
    try requirePlace(file, isFolder: false)
    if given.teacher == nil || given.train == nil, !json, Interview.isPossible {
      try Interview.onTerminal.fill(&given)
    }
    let models = FetchedModels()
    if given.task == nil, !json, Interview.isPossible,
      let question = try Draft.question(about: given.request(models))
    {
      given.task = try Interview.onTerminal.task(question)
    }
    let draft = try Draft(given.request(models))
    for remark in draft.remarks { Output.error(remark) }
    let spoken = CommandLine.spoken(file)
    let made = try DraftedPipeline(
      draft, at: file,
      heading: [
        "Made by distill init: a student for \(draft.taskName), \(draft.studentWords).", "",
        "  distill plan \(printable(spoken))    what it will do, and what that costs",
        "  distill run \(printable(spoken))     does it; stopped, it goes on where it was",
        "  distill report \(printable(spoken))  a page about it", "",
        "Every option of a stage: distill STAGE --help. Another value for once: --set",
        "stages.prediction.num_train_epochs=5. Paths are from this file's folder.",
      ], budget: given.seconds, threads: threads.count, models: models)
    for line in made.words { Output.error(line) }
    try ensureDirectory(splitPath(file).folder)
    try AtomicFile.write(made.text, to: file)
    let next = "distill run \(spoken)"
    guard !json else {
      return Output.data(try document(draft, made, next: next).indented())
    }
    Output.data(printable(file))
    Output.error("next: \(next)")
  }

  private func document(_ draft: Draft, _ made: DraftedPipeline, next: String) -> JSONValue {
    .object(
      JSONObject([
        ("schema", .string("distill.init/1")), ("path", .string(file)),
        ("pipeline", .string(made.pipeline.name)), ("task", .string(draft.taskName)),
        ("teacher_is_fine_tuned", .boolean(!draft.teacherIsReady)),
        ("effort", .string(made.effort.rawValue)),
        ("seconds", made.cost.map { .number($0.seconds) } ?? .null),
        ("over_budget", .boolean(made.isTooLong)),
        ("remarks", .array(draft.remarks.map { .string($0) })), ("next", .string(next)),
      ]))
  }
}
