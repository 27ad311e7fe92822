internal import Files
internal import TestSupport
internal import Testing

@testable internal import Pipelines
@testable internal import Tracking

/// A kind of stage that does nothing.
struct IdleStage: Stage {
  static let kind = "idle"
  static let revision = 1
  static let summary = "does nothing"
  static let inputs: [Port] = []
  static let outputs: [Port] = []
  static let fields: [OptionField] = []
  init(_ options: OptionValues) {}
  func run(_ context: StageContext) -> StageResult { StageResult() }
}

@Suite struct LocalRecordTests {
  private func record(_ attempt: String?) -> StageRecord {
    var record = StageRecord(
      status: .running, fingerprint: Fingerprint(preimage: .null), started: "now")
    record.id = attempt
    return record
  }

  private func started(_ name: String, attempt: String? = nil) throws -> RunEvent {
    .stageStarted(
      stage: PipelineStage(
        name: name, kind: IdleStage.self, options: try OptionValues(flags: [], fields: []),
        seed: 1, inputs: [], outputs: []),
      record: record(attempt), reason: "")
  }

  private func step(_ step: Int, _ stage: String = "a") -> RunEvent {
    .step(
      stage: stage,
      StepEvent(
        step: step, totalSteps: 9, epoch: 0.5, terms: [("loss", 0.25)], learningRate: 1e-3,
        tokensPerSecond: 100, secondsLeft: nil))
  }

  /// The lines after the events, told at 1, 2, 3 and so on.
  private func lines(
    _ events: [RunEvent], in folder: String, _ record: LocalRecord? = nil
  ) throws -> [String] {
    let path = folder + "/metrics.jsonl"
    let record = record ?? LocalRecord(path)
    for (place, event) in events.enumerated() { try record.take(event, at: place + 1) }
    guard fileExists(path) else { return [] }
    return try BoundedReader.text(at: path, limit: 1 << 20).split(separator: "\n").map(String.init)
  }

  /// `a 3` for a step, `a dev 3` for an evaluation, `a end`, of every line.
  private func short(_ lines: [String]) throws -> [String] {
    try lines.map { line in
      let record = try MetricRecord(line: line, at: "line")
      return switch record.event {
      case .step: "\(record.stage) \(record.step ?? -1)"
      case .evaluated: "\(record.stage) dev \(record.step ?? -1)"
      case .finished: "\(record.stage) end"
      }
    }
  }

  @Test func `events with numbers become lines of one form, the others none`() throws {
    try withTemporaryFolder { folder in
      let words: [RunEvent] = [
        try started("a"), .note(stage: "a", text: "n"), .stageSkipped(name: "b", record: nil),
        .progress(stage: "a", done: 1, total: 2, unit: "rows"),
      ]
      #expect(try lines(words, in: folder) == [])
      let events = [
        step(3), .evaluated(stage: "a", step: 3, metrics: [("f1", .nan)]),
        .stageFinished(name: "a", seconds: 1.5, metrics: [("loss", 1)]),
      ]
      #expect(
        try lines(events, in: folder) == [
          #"{"time":1,"stage":"a","event":"step","step":3,"values":{"loss":0.25,"epoch":0.5,"#
            + #""learning_rate":0.001,"tokens_per_second":100.0}}"#,
          #"{"time":2,"stage":"a","event":"evaluated","step":3,"values":{"f1":"nan"}}"#,
          #"{"time":3,"stage":"a","event":"finished","values":{"loss":1.0,"seconds":1.5}}"#,
        ])
    }
  }

  @Test func `a stage that goes on drops what it is about to do again, a new one all`() throws {
    try withTemporaryFolder { folder in
      let evaluated = { (step: Int) in RunEvent.evaluated(stage: "a", step: step, metrics: []) }
      _ = try lines([step(1), step(2), evaluated(2), step(3), step(1, "b")], in: folder)
      // The checkpoint was taken after step 2, before its evaluation.
      let resumed = RunEvent.resumed(stage: "a", step: 2, evaluatedStep: 0)
      #expect(
        try short(lines([started("a"), resumed, evaluated(2), step(3)], in: folder)) == [
          "a 1", "a 2", "b 1", "a dev 2", "a 3",
        ])
      #expect(
        try short(lines([started("b"), step(4, "b")], in: folder)) == [
          "a 1", "a 2", "a dev 2", "a 3", "b 4",
        ])
    }
  }

  @Test func `a damaged record is told, and still takes what is new`() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("{}\n", to: folder + "/metrics.jsonl")
      let record = LocalRecord(folder + "/metrics.jsonl")
      try record.take(started("a"), at: 1)
      let error = #expect(throws: TrackingError.self) { try record.take(step(1), at: 2) }
      #expect(error?.path.hasSuffix("metrics.jsonl:1") == true)
      #expect(try lines([step(2)], in: folder, record).count == 3)
    }
  }

  /// What lies aside of an attempt, as `short` has it.
  private func aside(_ attempt: String, in folder: String) throws -> [String]? {
    let path = "\(folder)/runs/\(attempt).metrics.jsonl"
    guard fileExists(path) else { return nil }
    return try short(
      BoundedReader.text(at: path, limit: 1 << 20).split(separator: "\n").map(String.init))
  }

  private func resumed(_ step: Int) -> RunEvent {
    .resumed(stage: "a", step: step, evaluatedStep: step)
  }

  @Test func `an attempt makes way for another one, and comes back when it is gone on with`() throws
  {
    try withTemporaryFolder { folder in
      _ = try lines(
        [try started("a", attempt: "one"), resumed(0), step(1), step(2), step(3), step(1, "b")],
        in: folder)
      #expect(
        try short(
          lines([try started("a", attempt: "two"), resumed(0), step(1)], in: folder)) == [
            "b 1", "a 1",
          ])
      #expect(try aside("one", in: folder) == ["a 1", "a 2", "a 3"])
      // The checkpoint of the first was taken after step 2.
      #expect(
        try short(lines([try started("a", attempt: "one"), resumed(2), step(3)], in: folder)) == [
          "b 1", "a 1", "a 2", "a 3",
        ])
      #expect(try aside("one", in: folder) == nil)
      #expect(try aside("two", in: folder) == ["a 1"])
      let last = try #require(try lines([], in: folder).last)
      #expect(try MetricRecord(line: last, at: "line").attempt == "one")
    }
  }

  @Test func `a stage without steps makes way at its first number`() throws {
    try withTemporaryFolder { folder in
      let end = RunEvent.stageFinished(name: "a", seconds: 1, metrics: [])
      _ = try lines([try started("a", attempt: "one"), end], in: folder)
      #expect(
        try short(lines([try started("a", attempt: "two"), end], in: folder)) == ["a end"])
      #expect(try aside("one", in: folder) == ["a end"])
      // Gone on with, it tells all again.
      #expect(try short(lines([try started("a", attempt: "two"), end], in: folder)) == ["a end"])
      #expect(try aside("two", in: folder) == nil)
    }
  }

  @Test func `a kill while an attempt makes way, or comes back, leaves each record once`() throws {
    try withTemporaryFolder { folder in
      _ = try lines([try started("a", attempt: "one"), resumed(0), step(1), step(2)], in: folder)
      let path = folder + "/metrics.jsonl"
      let before = try BoundedReader.text(at: path, limit: 1 << 20)
      _ = try lines([try started("a", attempt: "two"), resumed(0), step(1)], in: folder)
      // Killed when it lay in both places.
      try AtomicFile.write(before, to: path)
      _ = try lines([try started("a", attempt: "two"), resumed(0), step(1)], in: folder)
      #expect(try aside("one", in: folder) == ["a 1", "a 2"])
      try AtomicFile.write(before, to: path)
      #expect(
        try short(lines([try started("a", attempt: "one"), resumed(2)], in: folder)) == [
          "a 1", "a 2",
        ])
      #expect(try aside("one", in: folder) == nil)
    }
  }

  @Test func `records of older versions stay with what goes on, and are kept from what begins`()
    throws
  {
    try withTemporaryFolder { folder in
      _ = try lines([step(1), step(2), step(3)], in: folder)
      #expect(
        try short(lines([try started("a", attempt: "one"), resumed(2)], in: folder)) == [
          "a 1", "a 2",
        ])
      #expect(
        try short(lines([try started("a", attempt: "two"), resumed(0), step(1)], in: folder)) == [
          "a 1"
        ])
      #expect(try aside("a", in: folder) == ["a 1", "a 2"])
    }
  }

  @Test func `an attempt that is restored brings its records back`() throws {
    try withTemporaryFolder { folder in
      _ = try lines([try started("a", attempt: "one"), resumed(0), step(1), step(2)], in: folder)
      _ = try lines([try started("a", attempt: "two"), resumed(0), step(1)], in: folder)
      let record = record("one")
      #expect(
        try short(lines([.stageRestored(name: "a", record: record)], in: folder)) == ["a 1", "a 2"])
      #expect(try aside("one", in: folder) == nil)
      #expect(try aside("two", in: folder) == ["a 1"])
    }
  }

  @Test func `what a kill kept from coming back comes with the next run`() throws {
    try withTemporaryFolder { folder in
      _ = try lines([try started("a", attempt: "one"), resumed(0), step(1), step(2)], in: folder)
      _ = try lines([try started("a", attempt: "two"), resumed(0), step(1)], in: folder)
      let record = record("one")
      let current = RunEvent.stageSkipped(name: "a", record: record)
      #expect(try short(lines([current], in: folder)) == ["a 1", "a 2"])
      #expect(try aside("two", in: folder) == ["a 1"])
      #expect(try short(lines([current], in: folder)) == ["a 1", "a 2"])
    }
  }

  @Test
  func `of a stage that is not done counts its last attempt, of older versions what it began`()
    throws
  {
    try withTemporaryFolder { folder in
      func steps(_ attempt: String?) throws -> [Int?] {
        let stage = UnfinishedStage(
          name: "a", state: "running", owner: nil, step: nil, error: nil, attempt: attempt)
        let workspace = Workspace(path: folder)
        return try RecordedSeries.read(of: [stage], in: workspace)["a"]?.moments.map(\.step) ?? [-1]
      }
      #expect(try steps("one") == [])
      let end = RunEvent.stageFinished(name: "a", seconds: 1, metrics: [])
      _ = try lines([step(1), end, step(2), step(1, "b")], in: folder)
      #expect(try steps(nil) == [2] && steps("one") == [2])
      _ = try lines([try started("a", attempt: "one"), resumed(0), step(3), end], in: folder)
      #expect(try steps("one") == [3] && steps("two") == [])
    }
  }

  @Test func `norm of gradients and memory are recorded where they are known`() throws {
    try withTemporaryFolder { folder in
      let event = StepEvent(
        step: 1, totalSteps: 9, epoch: 0.5, terms: [("loss", 0.25)], learningRate: 1e-3,
        tokensPerSecond: 100, secondsLeft: nil, gradientNorm: 0.75, residentMemory: 300 << 20)
      let line = try #require(try lines([.step(stage: "a", event)], in: folder).last)
      #expect(
        line.hasSuffix(#""tokens_per_second":100.0,"grad_norm":0.75,"resident_memory_mib":300.0}}"#)
      )
    }
  }

  @Test func `an attempt's series are read wherever they lie`() throws {
    try withTemporaryFolder { folder in
      let score = RunEvent.evaluated(stage: "a", step: 2, metrics: [("f1", .nan)])
      _ = try lines(
        [try started("a", attempt: "one"), resumed(0), step(1), step(2), score], in: folder)
      _ = try lines([try started("a", attempt: "two"), resumed(0), step(1)], in: folder)
      func series(_ id: String) throws -> RecordedSeries {
        var attempt = Attempt(id: id, stage: "a", status: "done", started: "")
        attempt.isCurrent = id == "two"
        return try RecordedSeries(of: attempt, in: Workspace(path: folder))
      }
      let first = try series("one").all
      #expect(first.map(\.name) == ["loss", "epoch", "learning_rate", "tokens_per_second", "f1"])
      #expect(first.map(\.points.count) == [2, 2, 2, 2, 1])
      #expect(first.first?.points.map(\.step) == [1, 2])
      #expect(first.last?.event == "evaluated" && first.last?.points.first?.value.isNaN == true)
      #expect(try series("two").all.map(\.points.count) == [1, 1, 1, 1])
      #expect(try series("three").all == [])
      // What is just being written is left out; a damaged line before it is told.
      let path = folder + "/metrics.jsonl"
      let whole = try BoundedReader.text(at: path, limit: 1 << 20)
      try AtomicFile.write(whole + #"{"time":1"#, to: path)
      #expect(try series("two").all.count == 4)
      try AtomicFile.write("{}\n" + whole, to: path)
      let error = #expect(throws: FileError.self) { try series("two") }
      #expect(error?.path == path + ":1")
    }
  }
}
