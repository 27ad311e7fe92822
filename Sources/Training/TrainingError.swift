/// A failure of training that the caller's data, options or numbers brought about.
public struct TrainingError: Error, CustomStringConvertible, Equatable {
  /// What went wrong; callers map it to an exit code.
  public enum Kind: Sendable, Equatable {
    /// A loss term, a gradient, a weight or a logit is NaN or infinite.
    case nonFinite
    /// An example cannot be fed to the model (too long, id or label out of range).
    case invalidExample
    /// Options contradict each other or are out of range.
    case invalidOption
    /// The metric that chooses the best checkpoint was not among those measured.
    case missingMetric
    /// A checkpoint does not fit the model that is being trained.
    case checkpointMismatch
  }

  /// What went wrong.
  public let kind: Kind
  /// The loss term, tensor, option, metric or example that is at fault.
  public let subject: String
  /// One line: what, where, why and the cure.
  public let description: String

  init(_ kind: Kind, subject: String, _ description: String) {
    self.kind = kind
    self.subject = subject
    self.description = description
  }

  static func nonFinite(term: String, step: Int) -> TrainingError {
    TrainingError(
      .nonFinite, subject: term,
      "loss `\(term)` is not finite at step \(step); lower learning_rate or clip more (max_grad_norm)"
    )
  }

  static func nonFinite(gradient: String, count: Int, step: Int) -> TrainingError {
    TrainingError(
      .nonFinite, subject: gradient,
      "gradient of \(gradient) has \(count) non-finite values at step \(step); "
        + "lower learning_rate, or look for damaged weights (`inspect`)")
  }

  static func nonFinite(weight: String, count: Int, step: Int) -> TrainingError {
    TrainingError(
      .nonFinite, subject: weight,
      "\(weight) has \(count) non-finite values after step \(step); "
        + "lower learning_rate or clip more (max_grad_norm)")
  }

  static func nonFinite(logitsOf example: Int) -> TrainingError {
    TrainingError(
      .nonFinite, subject: "logits",
      "logits of example \(example) are not finite; train the model again with a lower "
        + "learning_rate, or look for damaged weights (`inspect`)")
  }

  static func invalidExample(_ index: Int, _ reason: String) -> TrainingError {
    TrainingError(.invalidExample, subject: "example \(index)", "example \(index): \(reason)")
  }

  static func invalidOption(_ name: String, _ reason: String) -> TrainingError {
    TrainingError(.invalidOption, subject: name, "\(name): \(reason)")
  }

  static func missingMetric(_ name: String, measured: [String]) -> TrainingError {
    TrainingError(
      .missingMetric, subject: name,
      "metric_for_best_model `\(name)` was not measured; measured: "
        + (measured.isEmpty ? "nothing" : measured.sorted().joined(separator: ", ")))
  }

  static func checkpointMismatch(_ tensor: String, _ reason: String) -> TrainingError {
    TrainingError(
      .checkpointMismatch, subject: tensor,
      "checkpoint tensor \(tensor): \(reason); start the stage afresh")
  }
}
