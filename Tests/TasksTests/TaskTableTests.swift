import Compute
import Testing
import Training
import Transformer

@testable import Tasks

@Suite struct TaskTableTests {
  @Test func `Tasks differ in name, and each does what its own head can`() {
    #expect(TaskTable.all.map(\.name) == ["classification", "masked-language"])
    #expect(TaskTable.ofRows.map(\.name) == ["classification"])
    #expect(TaskTable.ofRows(named: "classification")?.headName == "classifier")
    #expect(TaskTable.ofRows(named: "masked-language") == nil)
    #expect(
      TaskTable.ofRows(under: .classification(labels: 3, style: .hf))?.name == "classification")
    #expect(TaskTable.ofRows(under: .maskedLanguage) == nil)
    #expect(TaskTable.all.map { $0.isDone(by: .maskedLanguage) } == [false, true])
    #expect(!TaskTable.all.contains { $0.isDone(by: .none) })
  }

  @Test func `Metrics of all tasks can be named, those of a task alone choose its best model`()
    throws
  {
    #expect(TaskTable.metricNames == ["accuracy", "f1", "matthews_correlation"])
    #expect(TaskTable.chiefMetrics == [Metric("accuracy", isShare: true)])
    let task = ClassificationTask()
    #expect(try task.chooser(named: "f1", labels: 2).name == "f1")
    let error = #expect(throws: TaskError.self) { try task.chooser(named: "f1", labels: 3) }
    #expect(
      error?.description == "metric_for_best_model: `f1` is not measured here; name one of "
        + "accuracy, matthews_correlation")
    #expect(try task.chooser(named: "accuracy", labels: 3).greaterIsBetter)
  }

  @Test func `A teacher's outputs are put into the order of the dataset's labels`() throws {
    let model = try BertModel(
      ModelConfiguration(
        vocabularySize: 10, hiddenSize: 2, layerCount: 1, headCount: 1, intermediateSize: 2,
        maximumPositions: 4), head: .classification(labels: 3, style: .hf))
    let weights = ParameterSet(model.layout)
    let (weight, bias) = (
      try #require(model.layout["classifier.weight"]), try #require(model.layout["classifier.bias"])
    )
    weights[weight].assign([1, 2, 3, 4, 5, 6])
    weights[bias].assign([7, 8, 9])
    let task = ClassificationTask()
    try task.order(of: ["a", "b", "c"], in: ["c", "a", "b"], path: "t").apply(to: model, weights)
    #expect(weights[weight].values() == [5, 6, 1, 2, 3, 4])
    #expect(weights[bias].values() == [9, 7, 8])
    try task.order(of: ["a", "b", "c"], in: ["a", "b", "c"], path: "t").apply(to: model, weights)
    #expect(weights[bias].values() == [9, 7, 8])
    let error = #expect(throws: TaskError.self) {
      try task.order(of: ["x", "y"], in: ["no", "yes"], path: "t.h5")
    }
    #expect(
      error?.description == "t.h5: its labels are x, y, the dataset's no, yes; name the teacher's "
        + "outputs in order with --teacher-labels")
  }
}
