import ArgumentParser
import Files
import Pipelines
import Stages

/// What a command that looks at finished work was given: a pipeline file, or a workspace.
enum Place {
  /// A pipeline, by its file.
  case pipeline(Pipeline)
  /// A workspace, which knows what was run but not the file it came from.
  case workspace(Workspace)

  /// The place that `path` means: a pipeline file, a workspace or its manifest, or an output of a
  /// stage command, whose workspace lies beside it.
  ///
  /// - Throws: `PipelineError` where it is none; what reading a pipeline file throws.
  init(_ path: String, _ settings: PipelineSettings? = nil) throws {
    let isPipelineFile = [".yaml", ".yml"].contains { path.hasSuffix($0) }
    guard !isPipelineFile, let workspace = Self.workspace(of: path) else {
      guard !isFolder(path) else {
        throw PipelineError(
          .missingInput, at: path,
          "nothing has run here yet, it has no manifest.json and no \(UsualFile.name); give a pipeline file, a workspace or "
            + "what a stage command wrote")
      }
      self = .pipeline(
        try settings?.load(path)
          ?? PipelineFile.load(
            path, registry: Kinds.registry, locate: FetchedModels().known(_:in:)))
      return
    }
    guard settings?.isEmpty ?? true else {
      throw ValidationError("--seed, --workspace and --set are about a pipeline file (.yaml, .yml)")
    }
    self = .workspace(workspace)
  }

  /// Where it works.
  var workspace: Workspace {
    switch self {
    case .pipeline(let pipeline): pipeline.workspace
    case .workspace(let workspace): workspace
    }
  }

  /// The workspace that a path means; nil where it is none, and lies beside none.
  static func workspace(of path: String) -> Workspace? {
    var trimmed = path
    while trimmed.hasSuffix("/"), trimmed.count > 1 { trimmed.removeLast() }
    var folders = [trimmed, trimmed + ".distill"]
    if trimmed.hasSuffix("/manifest.json") { folders.append(String(trimmed.dropLast(14))) }
    if trimmed == "manifest.json" { folders.append(".") }
    return folders.map { Workspace(path: $0) }.first { fileExists($0.manifestPath) }
  }
}

/// A pipeline file or a workspace, and what takes the place of the file's words.
struct PlaceOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A pipeline file (distill.yaml), a workspace, or what a stage command wrote.",
      valueName: "place"))
  var given: String?

  @OptionGroup var settings: PipelineSettings

  /// What is looked at.
  var place: String { (try? UsualFile.place(given)) ?? UsualFile.name }

  /// The place, looked up.
  func find() throws -> Place { try Place(UsualFile.place(given), settings) }
}
