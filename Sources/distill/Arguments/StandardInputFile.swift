import Files
import Foundation
import Pipelines
import Stages

/// Standard input as the input of a stage.
///
/// A stage is known by what its inputs hold, and reads them again when it is taken up again; what comes
/// through a pipe is there once. So it is read once, to its end, into a file of the workspace that is
/// called by its content: the same text is the same file, and a stage that has read it is current.
enum StandardInputFile {
  /// The most that is taken; a file has no such limit.
  static let limit = 64 << 30

  /// Puts the file in the place of `-` among inputs.
  ///
  /// - Parameters:
  ///   - inputs: Paths by port.
  ///   - kind: The stage.
  ///   - options: Its options, which may say the format.
  ///   - workspace: Where the file goes; nil where none is known, and nothing is done.
  /// - Throws: `PipelineError` with status `usage` where two inputs are `-`, or the format is not known;
  ///   `FileError` where it cannot be read or written.
  static func replace(
    in inputs: inout [(port: String, paths: [String])], of kind: any Stage.Type,
    _ options: OptionValues, workspace: String?
  ) throws {
    let ports = kind.inputs.filter { $0.kinds.contains("file") }.map(\.name)
    let given = inputs.filter { ports.contains($0.port) && $0.paths.contains("-") }
    guard let first = given.first, let workspace else { return }
    let flag = "--" + first.port
    guard given.count == 1, first.paths.count(where: { $0 == "-" }) == 1 else {
      throw PipelineError(
        .usage, at: flag, "standard input is given twice; write one of the two to a file")
    }
    guard let ending = ending(of: kind, options) else {
      throw PipelineError(
        .usage, at: flag,
        "standard input has no name that says its format; give --format tsv, csv, jsonl or conll")
    }
    try ensureDirectory(workspace)
    let passing = "\(workspace)/\(Workspace.standardInputPrefix)\(UUID().uuidString).\(ending)"
    let digest = try AtomicFile.writeStandardInput(to: passing, limit: limit)
    let path =
      "\(workspace)/\(Workspace.standardInputPrefix)\(digest.hexadecimal.prefix(16)).\(ending)"
    // One that is there already may be read by another process.
    let isKnown = fileExists(path) && (try? Digest.ofFile(path)) == digest
    if isKnown { try removeFile(passing) } else { try moveInPlace(passing, to: path) }
    Output.error("distill: note: standard input is kept as \(printable(path))")
    for index in inputs.indices where inputs[index].port == first.port {
      inputs[index].paths = inputs[index].paths.map { $0 == "-" ? path : $0 }
    }
  }

  /// What the file's name is to end with.
  private static func ending(of kind: any Stage.Type, _ options: OptionValues) -> String? {
    if options.names.contains("format"), let format = options.optionalText("format") {
      return format
    }
    guard kind == DatasetStage.self else { return "txt" }
    if options.optionalText("glue") != nil { return "tsv" }
    return DatasetStage.readsQuestions(options) ? "json" : nil
  }
}
