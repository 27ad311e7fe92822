internal import Files
internal import Synchronization
internal import Testing

@testable internal import Pipelines
@testable internal import distill

/// A kind of stage that does nothing.
private struct IdleStage: Stage {
  static let kind = "idle"
  static let revision = 1
  static let summary = "does nothing"
  static let inputs: [Port] = []
  static let outputs: [Port] = []
  static let fields: [OptionField] = []
  init(_ options: OptionValues) {}
  func run(_ context: StageContext) -> StageResult { StageResult() }
}

/// A time that stands still until it is moved.
private final class FakeClock: Sendable {
  private let time = Mutex(1_000_000)
  var now: Int { time.withLock { $0 } }
  func pass(seconds: Double) { time.withLock { $0 += Int(seconds * 1000) } }
}

@Suite struct EventPrinterTests {
  private let terminal = FakeTerminal()
  private let clock = FakeClock()

  private func printer(
    _ form: EventPrinter.Form, ahead: [String: Double?] = [:], namesStages: Bool = false
  ) -> EventPrinter {
    let clock = clock
    return EventPrinter(
      form, EventLines(namesStages: namesStages, keepsNothing: false), RunProgress(ahead: ahead),
      on: Screen(terminal), now: { clock.now }, isTimed: false)
  }

  private func started(_ name: String) throws -> RunEvent {
    .stageStarted(
      stage: PipelineStage(
        name: name, kind: IdleStage.self, options: try OptionValues(flags: [], fields: []),
        seed: 1, inputs: [], outputs: []),
      record: StageRecord(
        status: .running, fingerprint: Fingerprint(preimage: .null), started: "now"), reason: "")
  }

  private func begun(stages: Int) -> RunEvent {
    .runStarted(run: RunRecord(), pipeline: "p", workspace: "w", stages: stages)
  }

  private func step(_ step: Int, of total: Int = 100, left: Double? = nil) -> StepEvent {
    StepEvent(
      step: step, totalSteps: total, epoch: Double(step) / 50,
      terms: [("hidden_loss", 0.5), ("attention_loss", 0.25)], learningRate: 1e-4,
      tokensPerSecond: 12_345.6, secondsLeft: left)
  }

  @Test func `the block says all there is to say, and counts down by the clock`() throws {
    let printer = printer(.block, ahead: ["a": 10, "b": 100])
    let take = { (event: RunEvent) in printer.take(event, at: clock.now) }
    take(begun(stages: 3))
    take(.stageSkipped(name: "c", record: nil))
    take(try started("a"))
    printer.tick()
    #expect(terminal.lines.last == "  at work for 0.0 s")
    clock.pass(seconds: 10)
    take(.pulse(stage: "a", step(50, left: 10)))
    take(.evaluated(stage: "a", step: 40, metrics: [("accuracy", 0.75), ("f1", 0.5)]))
    take(.evaluated(stage: "a", step: 50, metrics: [("accuracy", 0.5), ("f1", 0.5)]))
    printer.tick()
    let expected = [
      "p: 3 stages, workspace w", "c: current", "a (idle)",
      "  step 40  epoch 0.80  loss 0.7500 (hidden 0.5000, attention 0.2500): accuracy 75.0 %  f1 50.0 %",
      "  step 50  epoch 1.00  loss 0.7500 (hidden 0.5000, attention 0.2500): accuracy 50.0 %  f1 50.0 %",
    ]
    // Lines that stay may be broken by the terminal.
    #expect(terminal.lines.joined().hasPrefix(expected.joined()), "\(terminal.lines)")
    // `a` takes twice what was reckoned, so `b` will too: 10 s and 200 s.
    #expect(
      terminal.lines.suffix(4) == [
        "stage 2 of 3  a" + String(repeating: " ", count: 36) + "about 3 min 30 s left in all",
        "  [##############...............]  50 %  step 50 of 100, epoch 1.00   10 s left",
        "  loss 0.7500 (hidden 0.5000, attention 0.2500)  rate 1.00e-04  12,346 tokens/s",
        "  accuracy 50.0 % after step 50, best 75.0 % after step 40",
      ], "\(terminal.lines.suffix(4))")
    clock.pass(seconds: 3)
    printer.tick()
    #expect(terminal.lines.suffix(4).first?.hasSuffix("about 3 min 27 s left in all") == true)
    #expect(terminal.lines.dropLast(2).last?.hasSuffix("  7.0 s left") == true)
    take(.stageFinished(name: "a", seconds: 20, metrics: [("steps", 100)]))
    printer.finish()
    #expect(terminal.lines.last == "  done in 20 s  steps 100")
    printer.tick()
    #expect(terminal.lines.last == "  done in 20 s  steps 100")
  }

  @Test func `elsewhere a plain line comes now and then, and when work ends`() throws {
    let printer = printer(.lines(seconds: 10))
    func pass(_ seconds: Double, _ event: RunEvent? = nil) {
      for _ in 0..<Int(seconds * 4) {
        clock.pass(seconds: 0.25)
        printer.tick()
      }
      if let event { printer.take(event, at: clock.now) }
    }
    printer.take(try started("a"), at: clock.now)
    pass(9)
    #expect(terminal.lines == ["a (idle)"])
    pass(2)
    #expect(terminal.lines.last == "  at work for 10 s")
    for done in 1...4 { pass(2, .progress(stage: "a", done: done * 10, total: 50, unit: "rows")) }
    #expect(terminal.lines.count == 2)
    pass(2)
    #expect(terminal.lines.last == "  40 of 50 rows, 5 rows/s  1.0 s left")
    pass(1, .progress(stage: "a", done: 50, total: 50, unit: "rows"))
    #expect(terminal.lines.suffix(1) == ["  50 of 50 rows, 4 rows/s"])
    #expect(terminal.lines.count == 4)
    printer.take(.step(stage: "a", step(1, left: 99)), at: clock.now)
    #expect(terminal.lines.count == 4)
    pass(10)
    #expect(
      terminal.lines.suffix(2).joined()
        == "  step 1/100  epoch 0.02  loss 0.7500 (hidden 0.5000, attention 0.2500)  rate 1.00e-04"
        + "  12,346 tokens/s  1 min 29 s left")
  }

  @Test func `several stages have a bar each, in any window`() throws {
    let printer = printer(.block, namesStages: true)
    printer.take(begun(stages: 4), at: clock.now)
    for name in ["left", "right"] {
      printer.take(try started(name), at: clock.now)
      printer.take(.pulse(stage: name, step(25)), at: clock.now)
    }
    printer.tick()
    #expect(
      terminal.lines.suffix(3) == [
        "stages 1 to 2 of 4",
        "  left  [#######.......................]  25 %  step 25 of 100, epoch 0.50",
        "  right  [#######.......................]  25 %  step 25 of 100, epoch 0.50",
      ], "\(terminal.lines)")
    for (columns, rows) in [(50, 24), (30, 3), (24, 24), (10, 24), (80, 2), (120, 40)] {
      terminal.resize(columns: columns, rows: rows)
      printer.tick()
      #expect(!terminal.isFull)
      let text = terminal.lines.joined()
      #expect(text.ranges(of: "stages 1 to").count == (columns >= 20 && rows >= 3 ? 1 : 0))
    }
  }

  @Test func `of many metrics the chief ones are told`() {
    let many = (0..<12).map { ("t.m\($0)", 1.0) }
    let scores = many + [("t.test_accuracy", 0.5), ("t.test_f1", 0.25), ("s.dev_f1", 0.75)]
    #expect(EventLines.chief(scores) == "t.test_accuracy 50.0 %  s.dev_f1 75.0 %  and 13 more")
    #expect(EventLines.chief([("a", 1)]) == "a 1")
    #expect(EventLines.chief((0..<9).map { ("m\($0)", 1) }).hasSuffix("m5 1  and 3 more"))
  }
}
