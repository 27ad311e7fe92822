public import Transformer

/// Every task there is.
///
/// Another one needs its row here, a file of its own, and its tests.
public enum TaskTable {
  /// The tasks, in the order in which options list them.
  public static let all: [any Task] = [
    ClassificationTask(), MultiLabelTask(), RegressionTask(), TokenClassificationTask(),
    QuestionAnsweringTask(), SentenceEmbeddingTask(),
    MaskedLanguageTask(),
  ]

  /// Those that are learnt from labelled rows; the first is the one that options stand at.
  public static let ofRows: [any RowTask] = all.compactMap { $0 as? any RowTask }

  /// The names of all metrics that a training may choose by, each once.
  public static let metricNames: [String] = {
    var names: [String] = []
    for metric in ofRows.flatMap({ $0.metrics(labels: 2) }) where !names.contains(metric.name) {
      names.append(metric.name)
    }
    return names + ofRows.compactMap { $0.meanMetric?.metric.name }
  }()

  /// The metrics of all tasks, and by what each compares two models, that are shares of a whole.
  public static let shares = Set(
    ofRows.flatMap { $0.metrics(labels: 2) + [$0.agreementMetric] }.filter(\.isShare).map(\.name))

  /// The task of labelled rows with this name.
  public static func ofRows(named name: String) -> (any RowTask)? {
    ofRows.first { $0.name == name }
  }

  /// The task of labelled rows that a model under this head does: the one that its `problem_type`
  /// names, the first that it can do where it names none, and none where none here is of that name.
  ///
  /// As for transformers, a single output without a name is a number.
  public static func ofRows(under head: Head, problemType: String? = nil) -> (any RowTask)? {
    let able = ofRows.filter { $0.isDone(by: head) }
    if problemType == nil, case .classification(1, _) = head { return RegressionTask() }
    guard let problemType else { return able.first }
    return able.first { $0.problemType == problemType }
  }
}
