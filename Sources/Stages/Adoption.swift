import Artifacts
import Files
import Pipelines

/// What may be adopted as an output of another kind.
public enum Adoption {
  /// Makes a model artifact of a Hugging Face folder; nothing else is converted.
  ///
  /// - Returns: Whether it was that.
  /// - Throws: What is wrong with the folder, and what writing throws.
  @Sendable
  public static func convert(
    _ path: String, _ kind: String, _ output: String, _ wanted: String
  ) throws -> Bool {
    guard kind == "folder", wanted == ModelArtifact.kind else { return false }
    let source = try ModelSource(path)
    // An artifact would not say for what the logits are: refused by its name.
    if source.foreignTask != nil { _ = try source.rowTask(cure: "adopt a model of its tasks") }
    let loaded = try source.loadWhole()
    let description = ModelDescription(
      model: source.configuration, head: source.head, task: source.task, labels: source.labels,
      tokenizer: source.tokenizer)
    try ModelArtifact.write(
      to: output, description, tokenizer: source.tokenizer, weights: loaded.weights,
      inputs: ["folder": Digest.ofFolder(path).hexadecimal])
    return true
  }
}
