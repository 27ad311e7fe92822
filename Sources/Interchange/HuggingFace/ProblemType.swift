/// What a classifier's logits mean (`problem_type` in `config.json`).
public enum ProblemType: String, Sendable, Codable, CaseIterable {
  /// One class out of several.
  case singleLabelClassification = "single_label_classification"
  /// Any number of classes, each yes or no.
  case multiLabelClassification = "multi_label_classification"
  /// Numbers.
  case regression = "regression"
}
