import Artifacts
import Files
import Pipelines
import Tasks
import Text
import Training
import Transformer

extension StageContext {
  /// Writes the model that a stage trained to its output `model`, and to `last_model`, where that is
  /// wanted, the weights after the last step; and reports it.
  ///
  /// - Parameters:
  ///   - loaded: The model; all parameters of its layout are stored, the projection included.
  ///   - task: What it does, where that is learnt from labelled rows.
  ///   - hasPairs: Whether those rows are pairs of texts.
  ///   - trainer: What trained it.
  ///   - tokenizer: The tokenizer to store with it.
  ///   - teacherLogits: Logits that ride along.
  ///   - seen: What text it learnt from in general distillation.
  ///   - report: What the training reports.
  ///   - notes: What else to report.
  /// - Returns: The stage's result.
  /// - Throws: `HDF5Error` or `FileError`.
  func publish(
    _ loaded: LoadedModel, for task: (any RowTask)? = nil, hasPairs: Bool? = nil,
    of trainer: Trainer,
    tokenizer: Tokenizer,
    teacherLogits: KeptLogits? = nil, seen: SeenText? = nil, report: TrainingReport,
    notes: [String] = []
  ) throws -> StageResult {
    let description = ModelDescription(
      model: loaded.model.configuration, head: loaded.model.head, task: task, labels: loaded.labels,
      tokenizer: tokenizer, hasPairs: task?.readsPairsApart == true ? nil : hasPairs,
      teacherLogits: teacherLogits?.origin, seen: seen)
    let write = { (path: String, weights: ParameterSet) in
      try ModelArtifact.write(
        to: path, description, tokenizer: tokenizer, weights: weights,
        teacherLogits: teacherLogits, inputs: inputDigests
      ).outputDigests
    }
    var digests = ["model": try write(output("model"), trainer.result)]
    if let path = outputs["last_model"] { digests["last_model"] = try write(path, trainer.weights) }
    return StageResult(
      metrics: report.metrics, notes: notes + report.notes, outputs: digests,
      checkpointSeconds: report.checkpointSeconds)
  }
}
