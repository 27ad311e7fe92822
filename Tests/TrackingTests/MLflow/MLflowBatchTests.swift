internal import Files
internal import Pipelines
internal import TestSupport
internal import Testing

@testable internal import Tracking

@Suite struct MLflowBatchTests {
  private func record(
    _ event: MetricRecord.Event, _ step: Int?, _ values: [(String, Double)], time: Int = 7
  ) -> MetricRecord {
    MetricRecord(
      time: time, stage: "a", attempt: "1", event: event, step: step,
      values: values.map { MetricRecord.Value($0.0, $0.1) })
  }

  private func words(_ batch: MLflowBatch) -> [String] {
    batch.metrics.map { metric in
      let object = metric.object
      let value = object?["value"].map { $0.string ?? "\($0.real ?? 0)" } ?? ""
      return "\(object?["key"]?.string ?? "") \(object?["step"]?.integer ?? -1) \(value)"
    }
  }

  @Test func `a point is sent once, whatever is done again`() {
    var run = MLflowState.Run()
    var batch = MLflowBatch(run: "r")
    #expect(run.take(record(.step, 1, [("loss", 0.5), ("rate", 1)]), into: &batch))
    #expect(run.take(record(.evaluated, 1, [("loss", .nan)]), into: &batch))
    #expect(run.take(record(.step, 2, [("loss", .infinity)]), into: &batch))
    // A stop, and the same steps once more, at other times.
    #expect(!run.take(record(.step, 1, [("loss", 0.5), ("rate", 1)], time: 9), into: &batch))
    #expect(!run.take(record(.step, 2, [("loss", .infinity)], time: 9), into: &batch))
    #expect(run.take(record(.step, 3, [("loss", -.infinity)]), into: &batch))
    #expect(
      words(batch) == [
        "loss 1 0.5", "rate 1 1.0", "eval_loss 1 NaN", "loss 2 Infinity", "loss 3 -Infinity",
      ])
  }

  @Test func `final metrics come once, and not into a series`() {
    var run = MLflowState.Run()
    var batch = MLflowBatch(run: "r")
    _ = run.take(record(.step, 4, [("loss", 0.5)]), into: &batch)
    batch = MLflowBatch(run: "r")
    let final = record(.finished, nil, [("loss", 0.4), ("dev_accuracy", 0.9)])
    #expect(run.take(final, into: &batch))
    #expect(!run.take(final, into: &batch))
    #expect(words(batch) == ["dev_accuracy 4 0.9"])
  }

  @Test func `a batch is full at a thousand points, or at a megabyte`() {
    var batch = MLflowBatch(run: "r")
    for step in 0..<999 { batch.append("loss", 1, time: 1, step: step) }
    #expect(!batch.isFull)
    batch.append("loss", 1, time: 1, step: 999)
    #expect(batch.isFull)
    var large = MLflowBatch(run: "r")
    let key = String(repeating: "k", count: 10_000)
    for step in 0..<100 where !large.isFull { large.append(key, 1, time: 1, step: step) }
    #expect(large.metrics.count < 95)
  }

  @Test func `a request has at most a thousand points, whatever the last record added`() {
    var batch = MLflowBatch(run: "r")
    for step in 0..<2_003 { batch.append("loss", 1, time: 1, step: step) }
    let parts = MLflowBatch.parts(of: batch.body)
    let points = parts.map { $0.object?["metrics"]?.array ?? [] }
    #expect(points.map(\.count) == [1_000, 1_000, 3])
    #expect(points.flatMap(\.self) == batch.metrics)
    #expect(parts.allSatisfy { $0.object?["run_id"]?.string == "r" })
  }

  @Test func `names become keys that MLflow takes, different ones different keys`() {
    #expect(MLflowDescription.key("student.dev_accuracy") == "student.dev_accuracy")
    let keys = [
      "a@b", "a=b", "a/b", "a_b", "../x", "..", ".", "", String(repeating: "x", count: 300),
    ]
    .map(MLflowDescription.key)
    #expect(Set(keys).count == keys.count)
    for key in keys {
      #expect(!key.isEmpty && key.utf8.count <= 250 && !key.contains("..") && !key.contains("/"))
      #expect(!key.hasPrefix("."))
    }
  }

  @Test func `an identity cannot lead out of an address`() {
    #expect(MLflowClient.isIdentity("m-0f3_A"))
    for text in ["", "../x", "a/b", "a b", "a\n", "é", String(repeating: "a", count: 65)] {
      #expect(!MLflowClient.isIdentity(text))
    }
  }
}

@Suite struct RecordTailTests {
  private func line(_ step: Int) -> String {
    #"{"time":1,"stage":"a","event":"step","step":\#(step),"values":{"loss":1.0}}"# + "\n"
  }

  private func steps(_ tail: inout RecordTail) throws -> [Int] {
    var steps: [Int] = []
    while case let records = try tail.next(), !records.isEmpty {
      steps += records.compactMap(\.step)
    }
    return steps
  }

  @Test func `what was added is given, a torn line when it is whole, a new file from its start`()
    throws
  {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      var tail = RecordTail(path)
      #expect(try steps(&tail) == [])
      let record = try MetricFile(path)
      for step in 1...2 {
        try record.append(try MetricRecord(line: String(line(step).dropLast()), at: "line"))
      }
      #expect(try steps(&tail) == [1, 2])
      try record.append(try MetricRecord(line: String(line(3).dropLast()), at: "line"))
      #expect(try tail.next().compactMap(\.step) == [3])
      tail.goBack()
      #expect(try steps(&tail) == [3])
      try record.drop { $0.step == 2 }
      #expect(try steps(&tail) == [1, 3])
      try AtomicFile.write(line(4) + line(5).dropLast(9), to: path)
      #expect(try steps(&tail) == [4])
    }
  }

  @Test func `a file is read from its beginning that has the number of one that is gone`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      var tail = RecordTail(path)
      // File systems give the number of a removed file to the next one.
      for round in 1...20 {
        try AtomicFile.write((1...round).map(line).joined(), to: path)
        #expect(try steps(&tail) == Array(1...round))
        try removeFile(path)
      }
    }
  }

  @Test func `many lines come in pieces, a damaged one is named`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/metrics.jsonl"
      try AtomicFile.write((1...9_000).map(line).joined(), to: path)
      var tail = RecordTail(path)
      #expect(try tail.next().count < 9_000)
      #expect(try steps(&tail).last == 9_000)
      try AtomicFile.write(line(1) + "{}\n", to: path)
      let error = #expect(throws: TrackingError.self) { _ = try tail.next() }
      #expect(error?.path == path + ":2")
    }
  }
}

@Suite struct MLflowStateTests {
  @Test func `what was sent is remembered, a stranger's file refused`() throws {
    try withTemporaryFolder { folder in
      let server = try TrackingServer(
        "http://h:1", experiment: "x", environment: ["HOME": "/nowhere"])
      let workspace = Workspace(path: folder)
      var state = try MLflowState(workspace, server)
      state.attempts["a"] = MLflowState.Run(
        id: "0f", artifacts: "mlflow-artifacts:/1/0f/artifacts", isDescribed: true, isFinal: true,
        status: "FINISHED", steps: ["loss": 3])
      state.pending = .sorted(["run_id": .string("0f")])
      try state.save()
      let again = try MLflowState(workspace, server)
      #expect(again.attempts["a"]?.steps == ["loss": 3] && again.attempts["a"]?.isFinal == true)
      #expect(again.attempts["a"]?.id == "0f" && again.pending == state.pending)
      let known = try MLflowState.known(workspace)
      #expect(known.map(\.server) == ["http://h:1"] && known.first?.experiment == "name:x")
      let text = try BoundedReader.text(at: state.path, limit: 1 << 20)
      for (old, new) in [(#""id":"0f""#, #""id":"../0f""#), (#""loss":3"#, #""loss":"3""#)] {
        try AtomicFile.write(text.replacing(old, with: new), to: state.path)
        let error = #expect(throws: PipelineError.self) { _ = try MLflowState(workspace, server) }
        #expect(error.map { "\($0)" }?.contains("remove the file") == true)
      }
    }
  }
}
