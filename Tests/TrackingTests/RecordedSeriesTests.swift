internal import Files
internal import TestSupport
internal import Testing

@testable internal import Pipelines
@testable internal import Tracking

@Suite struct RecordedSeriesTests {
  /// Lines of a record, each of a stage, an attempt and a step.
  private func write(
    _ records: [(stage: String, attempt: String?, step: Int)], to path: String
  ) throws {
    let lines = try records.map { record in
      let line = MetricRecord(
        time: record.step, stage: record.stage, attempt: record.attempt, event: .step,
        step: record.step, values: [.init("loss", Double(record.step))])
      return String(decoding: try line.json.encoded(), as: UTF8.self) + "\n"
    }
    try AtomicFile.write(lines.joined(), to: path)
  }

  private func attempt(_ id: String, _ stage: String, isCurrent: Bool) -> Attempt {
    var attempt = Attempt(id: id, stage: stage, status: "done", started: "now")
    attempt.isCurrent = isCurrent
    return attempt
  }

  @Test func `all stages read at once have what each has alone`() throws {
    try withTemporaryFolder { folder in
      let workspace = Workspace(path: folder)
      try write(
        [
          ("a", "a2", 1), ("b", nil, 1), ("a", "a1", 7), ("a", "a2", 2), ("gone", "g", 1),
          ("b", nil, 2), ("b", "b1", 3),
        ], to: workspace.metricsPath)
      let attempts = [
        attempt("a1", "a", isCurrent: false), attempt("a2", "a", isCurrent: true),
        attempt("b1", "b", isCurrent: true), attempt("c1", "c", isCurrent: true),
      ]
      let all = try RecordedSeries.ofLast(attempts, in: workspace)
      #expect(all.keys.sorted() == ["a2", "b1"])
      #expect(all["a2"]?.all.first?.points.map(\.value) == [1, 2])
      #expect(all["b1"]?.all.first?.points.map(\.value) == [1, 2, 3])
      for attempt in attempts where attempt.isCurrent {
        let alone = try RecordedSeries(of: attempt, in: workspace).all
        #expect(all[attempt.id]?.all ?? [] == alone)
      }
      #expect(try RecordedSeries.ofLast(attempts, in: Workspace(path: folder + "/none")).isEmpty)
    }
  }

  @Test func `a line that is no record is named, the last one alone may be half-written`() throws {
    try withTemporaryFolder { folder in
      let workspace = Workspace(path: folder)
      try write([("a", "a1", 1)], to: workspace.metricsPath)
      let line = try BoundedReader.text(at: workspace.metricsPath, limit: 1 << 20)
      let attempts = [attempt("a1", "a", isCurrent: true)]
      try AtomicFile.write(line + "{\"time\":1", to: workspace.metricsPath)
      #expect(try RecordedSeries.ofLast(attempts, in: workspace)["a1"]?.all.count == 1)
      try AtomicFile.write("{\"time\":1\n" + line, to: workspace.metricsPath)
      #expect { try RecordedSeries.ofLast(attempts, in: workspace) } throws: { error in
        "\(error)".contains("metrics.jsonl:1")
      }
    }
  }
}
