import Artifacts
import Files
import Tasks
import Transformer

/// A Hugging Face model folder as a model artifact, where one that was trained elsewhere takes the
/// place of a stage's output.
public enum ModelImport {
  /// Writes the artifact.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - path: The file to create; an older one stays until the new one is whole.
  /// - Throws: What is wrong with the folder, in one line; `HDF5Error` or `FileError` where the file
  ///   cannot be written.
  public static func write(_ folder: String, to path: String) throws {
    let source = try ModelSource(folder)
    try source.facts.refuseForeignHead(
      cure: "adopt a model of a class that `distill finetune` makes")
    if source.foreignTask == nil, source.task != nil { _ = try source.rowTask(cure: "") }
    // A bare encoder may come without its pooler, which is then left out.
    let (loaded, drawn) =
      source.head == .none
      ? try source.load(under: .none, labels: [], seed: 0) : (try source.loadWhole(), drawn: [])
    var description = ModelDescription(
      model: source.configuration, head: source.head, task: source.task, labels: source.labels,
      tokenizer: source.tokenizer)
    if let foreign = source.foreignTask { description.task = foreign }
    try ModelArtifact.write(
      to: path, description, tokenizer: source.tokenizer, weights: loaded.weights,
      parameters: loaded.weights.layout.parameters.filter { !drawn.contains($0.name) },
      inputs: ["folder": Digest.ofFolder(folder).hexadecimal])
  }
}
