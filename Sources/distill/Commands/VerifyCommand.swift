import ArgumentParser
import Files
import Pipelines
import Stages

/// `distill verify`: reads everything again and compares it with its digests.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Read everything again and compare it with its digests.",
    usage: "distill verify <paths> ... [--json] [options]",
    discussion: """
      Of a pipeline file (.yaml, .yml): the manifest, the sources, every output, checkpoints and \
      caches. Of a workspace (the folder of a manifest.json): the same without the sources. Of an \
      artifact, a sealed safetensors file or a folder of them: what it says about itself. Ends with \
      65 when something is damaged, with 66 when something is missing.
      """)

  @Argument(help: "Pipeline files, workspaces, artifacts, folders.")
  var paths: [String]

  @OptionGroup var settings: PipelineSettings

  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws {
    if !settings.isEmpty, !paths.contains(where: Self.isPipeline) {
      throw ValidationError("--seed, --workspace and --set are about a pipeline file (.yaml, .yml)")
    }
  }

  func run() throws {
    var verification = Verification()
    for path in paths { verification.verdicts += try verdicts(on: path) }
    if json {
      Output.data(try verification.json.document("distill.verify/1"))
    } else {
      for verdict in verification.verdicts { Output.data(briefly(verdict.description)) }
      Output.data(verification.summary)
    }
    guard verification.status == .success else {
      throw ExitCode(verification.status.rawValue)
    }
  }

  private func verdicts(on path: String) throws -> [Verdict] {
    var place: (workspace: Workspace, pipeline: Pipeline?)?
    if Self.isPipeline(path) {
      let pipeline = try settings.load(path)
      place = (pipeline.workspace, pipeline)
    } else if fileExists(Workspace(path: path).manifestPath) {
      place = (Workspace(path: path), nil)
    }
    guard let place else { return try Seals.verify(path) }
    return try WorkspaceVerifier(
      place.workspace, of: place.pipeline, probe: ArtifactProbes.standard, seals: Seals.standard
    ).verify().verdicts
  }

  private static func isPipeline(_ path: String) -> Bool {
    path.hasSuffix(".yaml") || path.hasSuffix(".yml")
  }
}
