internal import Files
internal import TestSupport
internal import Testing

@testable internal import Pipelines

@Suite struct MetricsDifferenceTests {
  private func lines(_ difference: MetricsDifference) -> [String] {
    difference.stages.map { stage in
      let rows = stage.rows.map { row in
        "\(row.name) \(row.a ?? -1) \(row.b ?? -1) \(row.difference ?? -1) \(row.relativeChange ?? -1)"
      }
      return "\(stage.name) \(stage.side ?? "both") \(stage.changes) \(rows)"
    }
  }

  private func document(_ text: String) throws -> RecordedMetrics {
    try withTemporaryFolder { folder in
      try put(Array(text.utf8), to: folder + "/m.json")
      return try RecordedMetrics(document: folder + "/m.json")
    }
  }

  @Test func `losses, errors and times are the better the lower they are`() {
    for name in ["dev_mse", "train_label_loss", "dev_perplexity", "latency_p50_ms"] {
      #expect(MetricName.isBetterLow(name), "\(name)")
    }
    for name in ["dev_accuracy", "test_pearson", "overall_f1"] {
      #expect(!MetricName.isBetterLow(name), "\(name)")
    }
  }

  @Test func `differences and relative changes, with what is on one side alone`() throws {
    let a = try document(
      #"{"s": {"loss": -2, "same": 0, "gone": 1}, "nan": {"x": "nan"}, "old": {"y": 1}}"#)
    let b = try document(
      #"{"new": {}, "nan": {"x": "inf"}, "s": {"same": 0, "loss": -1.5, "came": 2}}"#)
    #expect(
      lines(MetricsDifference(from: a, to: b)) == [
        #"s both [] ["loss -2.0 -1.5 0.5 0.25", "same 0.0 0.0 0.0 -1.0", "gone 1.0 -1.0 -1.0 -1.0", "came -1.0 2.0 -1.0 -1.0"]"#,
        #"nan both [] ["x nan inf nan -1.0"]"#,
        #"old a [] ["y 1.0 -1.0 -1.0 -1.0"]"#,
        "new b [] []",
      ])
  }

  @Test func `losses that older versions did not call so are compared with those of today`() throws
  {
    let old = try document(#"{"s": {"train_label": 2, "train_rows": 3, "train_hidden": 1}}"#)
    let new = try document(#"{"s": {"train_label_loss": 1, "train_rows": 3, "label": 1}}"#)
    #expect(
      MetricsDifference(from: old, to: new).stages[0].rows.map(\.name) == [
        "train_label_loss", "train_rows", "train_hidden_loss", "label",
      ])
  }

  @Test func `the JSON document has null for what is not there and texts for what is not finite`()
    throws
  {
    let difference = MetricsDifference(
      from: try document(#"{"s": {"x": "nan", "y": 1}}"#), to: try document(#"{"s": {"x": 2}}"#))
    #expect(
      String(decoding: try difference.json.encoded(), as: UTF8.self)
        == #"{"stages":[{"stage":"s","only_in":null,"changes":[],"metrics":[{"name":"x","a":"nan","#
        + #""b":2.0,"difference":"nan","relative_change":null},{"name":"y","a":1.0,"b":null,"#
        + #""difference":null,"relative_change":null}]}]}"#)
  }

  @Test func `a pipeline, its workspace and its document say the same`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let pipeline = try recorder.load()
      let recorded = try RecordedMetrics(of: pipeline)
      #expect(recorded.stages.map(\.name) == ["make", "train", "score"])
      #expect(recorded.stages[0].metrics[1].1.isNaN)
      #expect(try RecordedMetrics(in: pipeline.workspace).json == recorded.json)
      let text = try recorded.json.indented()
      #expect(try document(text).json == recorded.json)
      #expect(recorded.only("train").stages.map(\.name) == ["train"])
    }
  }

  @Test func `what made the numbers is compared too`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let before = try RecordedMetrics(of: recorder.load())
      try recorder.write(RunnerTests.chain.replacing("temperature: 1", with: "temperature: 2"))
      try recorder.run()
      let difference = MetricsDifference(from: before, to: try RecordedMetrics(of: recorder.load()))
      #expect(
        difference.stages.map(\.changes) == [
          ["temperature 1 -> 2"], ["input teacher differs"], ["input models differs"],
        ])
    }
  }

  @Test func `a stage that is not done has no numbers`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      #expect(throws: PipelineError.self) { try RecordedMetrics(of: recorder.load()) }
      try recorder.run { $0.until = ["make"] }
      #expect(try RecordedMetrics(of: recorder.load()).stages.map(\.name) == ["make"])
    }
  }

  @Test(arguments: [
    "[]", #"{"s": 1}"#, #"{"s": {"x": true}}"#, #"{"s": {"x": "high"}}"#,
    #"{"checksum": "0", "content": {}}"#,
  ])
  func `what are no metrics is told as such`(text: String) {
    #expect(throws: PipelineError.self) { try document(text) }
  }
}
