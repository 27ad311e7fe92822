import Transformer

/// A head and the classes of transformers that have it: how a folder's head is told, and what an
/// export calls itself.
struct HeadClass: Sendable {
  /// The class that exports name, behind the prefix of the family.
  let name: String
  /// Classes whose folders hold the same head beside others.
  var others: [String] = []
  /// The head's last parameter, by any of the names it may have here; its rows are the labels.
  var shownBy: [String] = []
  /// Whether its logits have names.
  var hasLabels = false
  /// What its logits may mean, where `config.json` says; empty for heads that mean one thing.
  var problemTypes: [ProblemType] = []
  /// The head, for so many labels.
  let head: @Sendable (_ labels: Int) -> Head

  /// Every head, the richest first; the last one is shown by nothing.
  static let all = [
    HeadClass(
      name: "ForSequenceClassification",
      shownBy: ["classifier.weight", "classifier.out_proj.weight"],
      hasLabels: true, problemTypes: ProblemType.allCases
    ) { .classification(labels: $0, style: .hf) },
    HeadClass(
      name: "ForTokenClassification",
      shownBy: ["classifier.weight", "classifier.out_proj.weight"], hasLabels: true
    ) { .tokenClassification(labels: $0) },
    HeadClass(
      name: "ForMaskedLM", others: ["ForPreTraining"],
      shownBy: ["cls.predictions.transform.dense.weight"]
    ) { _ in .maskedLanguage },
    HeadClass(name: "ForQuestionAnswering", shownBy: ["qa_outputs.weight"]) { _ in
      .questionAnswering
    },
    HeadClass(name: "Model") { _ in .none },
  ]

  /// Whether nothing stands on the encoder, whose tensors then have no prefix.
  var isBare: Bool { name == "Model" }

  /// The row of a model's head; `nil` where no class of transformers computes it.
  ///
  /// An embedding is a bare encoder to transformers; sentence-transformers does the rest.
  static func of(_ model: BertModel) -> HeadClass? {
    if case .embedding = model.head { return all.last }
    return all.first { $0.head(model.logitShape?.columns ?? 0) == model.head }
  }

  /// Whether a folder whose configuration names these classes can hold this head: a class of another
  /// task, or of another family, may give its tensors the same names.
  func fits(_ architectures: [String], _ prefix: String) -> Bool {
    let tasks = Self.tasks(architectures, prefix)
    return tasks.isEmpty || tasks.contains { isNamed($0, prefix) }
  }

  /// The first of the classes that no row here has, with what stands on its encoder; nil where there
  /// is none or a row has another one.
  static func foreign(_ architectures: [String], _ prefix: String) -> String? {
    let tasks = tasks(architectures, prefix)
    let isKnown = tasks.contains { name in all.contains { $0.isNamed(name, prefix) } }
    return isKnown ? nil : tasks.first
  }

  private func isNamed(_ architecture: String, _ prefix: String) -> Bool {
    ([name] + others).contains { prefix + $0 == architecture }
  }

  /// The classes that have more than an encoder.
  private static func tasks(_ architectures: [String], _ prefix: String) -> [String] {
    architectures.filter { $0 != prefix + "Model" && $0 != prefix + "PreTrainedModel" }
  }
}

/// What a classifier's logits mean (`problem_type` in `config.json`).
public enum ProblemType: String, Sendable, Codable, CaseIterable {
  /// One class out of several.
  case singleLabelClassification = "single_label_classification"
  /// Any number of classes, each yes or no.
  case multiLabelClassification = "multi_label_classification"
  /// Numbers.
  case regression = "regression"
}
