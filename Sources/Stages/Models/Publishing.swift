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
  ///   - teacherLogits: Logits that ride along.
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
