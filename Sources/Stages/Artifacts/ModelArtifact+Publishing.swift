import Files
import Pipelines
import Text
import Transformer

extension StageContext {
  /// Writes the model that a stage made to its output `model` and reports it.
  ///
  /// - Parameters:
  ///   - loaded: The model; all parameters of its layout are stored, the projection included.
  ///   - weights: The values to store.
  ///   - tokenizer: The tokenizer to store with it.
  ///   - teacherLogits: Logits that ride along.
  ///   - metrics: What to report.
  ///   - notes: What else to report.
  /// - Returns: The stage's result.
  /// - Throws: `HDF5Error` or `FileError`.
  func publish(
    _ loaded: LoadedModel, weights: ParameterSet, tokenizer: Tokenizer,
    teacherLogits: KeptLogits? = nil, metrics: StageMetrics, notes: [String] = []
  ) throws -> StageResult {
    let digests = try ModelArtifact.write(
      to: output("model"),
      ModelDescription(
        model: loaded.model.configuration, head: loaded.model.head, labels: loaded.labels,
        tokenizer: tokenizer.settings, tokenizerDigest: tokenizer.digest.hexadecimal,
        teacherLogits: teacherLogits?.origin),
      tokenizer: tokenizer, weights: weights, teacherLogits: teacherLogits?.values,
      inputs: inputDigests)
    return StageResult(
      metrics: metrics, notes: notes, outputs: ["model": digests.outputDigests])
  }
}
