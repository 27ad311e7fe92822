import Compute
import Testing
import Training
import Transformer

@testable import Tasks

@Suite struct TaskTableTests {
  @Test func `tasks differ in name, and each does what its own head can`() {
    #expect(
      TaskTable.all.map(\.name) == [
        "classification", "multi-label", "regression", "token-classification",
        "question-answering", "sentence-embedding", "masked-language",
      ])
    #expect(
      TaskTable.ofRows.map(\.name) == [
        "classification", "multi-label", "regression", "token-classification",
        "question-answering", "sentence-embedding", "masked-language",
      ])
    #expect(TaskTable.ofRows(named: "classification")?.headName == "classifier")
    #expect(
      TaskTable.ofRows(under: .classification(labels: 3, style: .hf))?.name == "classification")
    #expect(
      TaskTable.ofRows(under: .tokenClassification(labels: 3))?.name == "token-classification")
    #expect(TaskTable.ofRows(under: .maskedLanguage)?.name == "masked-language")
    #expect(
      TaskTable.all.map { $0.isDone(by: .maskedLanguage) }
        == [false, false, false, false, false, false, true])
    #expect(!TaskTable.all.contains { $0.isDone(by: .none) })
  }

  @Test func `metrics of all tasks can be named, those of a task alone choose its best model`()
    throws
  {
    #expect(
      TaskTable.metricNames == [
        "accuracy", "f1", "f1_macro", "f1_micro", "f1_weighted", "matthews_correlation",
        "f1_samples", "pearson", "spearmanr", "mse", "overall_f1", "overall_precision",
        "overall_recall", "overall_accuracy", "exact_match", "perplexity", "corr",
      ])
    #expect(
      TaskTable.shares == [
        "accuracy", "agreement", "f1", "f1_macro", "f1_micro", "f1_weighted", "f1_samples",
        "overall_f1", "overall_precision", "overall_recall", "overall_accuracy", "exact_match",
        "recall_at_1",
      ])
    #expect(try TokenClassificationTask().chooser(named: nil, labels: 3).name == "overall_f1")
    let task = ClassificationTask()
    #expect(try task.chooser(named: "f1", labels: 2).name == "f1")
    let error = #expect(throws: TaskError.self) { try task.chooser(named: "f1", labels: 3) }
    #expect(
      error?.description == "metric_for_best_model: `f1` is not measured here; name one of "
        + "accuracy, f1_macro, f1_micro, f1_weighted, matthews_correlation")
    #expect(try task.chooser(named: "accuracy", labels: 3).greaterIsBetter)
    let chiefs = try TaskTable.ofRows.map { try $0.chooser(named: nil, labels: 2).name }
    #expect(
      chiefs == [
        "accuracy", "f1_micro", "pearson", "overall_f1", "exact_match", "spearmanr", "perplexity",
      ])
    #expect(try !MaskedLanguageTask().chooser(named: nil, labels: 0).greaterIsBetter)
    #expect(try !RegressionTask().chooser(named: "mse", labels: 1).greaterIsBetter)
    #expect(throws: TaskError.self) { try RegressionTask().chooser(named: "accuracy", labels: 1) }
  }

  @Test func `what a head is for is what its problem type says, and one output a number`() {
    func name(_ outputs: Int, _ type: String?) -> String? {
      TaskTable.ofRows(under: .classification(labels: outputs, style: .hf), problemType: type)?.name
    }
    #expect(name(2, nil) == "classification" && name(1, nil) == "regression")
    #expect(name(1, "regression") == "regression" && name(2, "regression") == nil)
    #expect(name(1, "multi_label_classification") == "multi-label")
    #expect(name(3, "multi_label_classification") == "multi-label")
    #expect(name(1, "single_label_classification") == "classification")
  }

  @Test(arguments: [(ModelFamily.bert, "classifier"), (.electra, "classifier.out_proj")])
  func `a teacher's outputs are put into the order of the dataset's labels`(
    family: ModelFamily, layer: String
  ) throws {
    // As wide as there are labels, so that the layer before could be taken for the outputs.
    let configuration = ModelConfiguration(
      family: family, vocabularySize: 10, hiddenSize: 3, layerCount: 1, headCount: 1,
      intermediateSize: 2,
      maximumPositions: 4)
    let model = try BertModel(configuration, head: .classification(labels: 3, style: .hf))
    let weights = ParameterSet(model.layout)
    let task = ClassificationTask()
    for parameter in model.layout.parameters {
      weights[parameter].assign((0..<parameter.count).map { Float($0) })
    }
    _ = try task.order(of: ["a", "b", "c"], in: ["c", "a", "b"], path: "t", option: "--o")
      .apply(to: model, weights)
    for parameter in model.layout.parameters {
      let values: [Float] =
        switch parameter.name {
        case layer + ".weight": [6, 7, 8, 0, 1, 2, 3, 4, 5]
        case layer + ".bias": [2, 0, 1]
        default: (0..<parameter.count).map { Float($0) }
        }
      #expect(weights[parameter].values() == values, "\(parameter.name)")
    }
    let before = weights.values.values()
    _ = try task.order(of: ["a", "b", "c"], in: ["a", "b", "c"], path: "t", option: "--o")
      .apply(to: model, weights)
    #expect(weights.values.values() == before)
    let error = #expect(throws: TaskError.self) {
      try task.order(of: ["x", "y"], in: ["no", "yes"], path: "t.h5", option: "--teacher-labels")
    }
    #expect(
      error?.description == "t.h5: its labels are x, y, the dataset's no, yes; name its outputs "
        + "in order with --teacher-labels")
    let other = #expect(throws: TaskError.self) {
      try task.order(of: ["x", "y", "z"], in: ["no", "yes"], path: "t.h5", option: "--o")
    }
    #expect(other?.description.hasSuffix("use a model of this task") == true)
    // More names than the dataset's can be given to it, where they stay as they are.
    for (own, advice) in [
      (["z", "y", "x"], "make the dataset again with --labels z,y,x"),
      (["z", "y a", "x"], "make the dataset again with --labels 'z,y a,x'"),
      (["z,1", "y", "x"], "make the dataset again with --labels '\"z,1\",y,x'"),
      (["z'1", "y", "x"], "with --labels and all of the model's names in its order"),
    ] {
      let more = #expect(throws: TaskError.self) {
        try task.order(of: own, in: [own[1], "x"], path: "t.h5", option: "--o")
      }
      #expect(more?.description.hasSuffix(advice) == true, "\(more?.description ?? "")")
    }
  }
}
