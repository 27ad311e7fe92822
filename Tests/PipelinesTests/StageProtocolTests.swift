internal import Files
internal import Testing

@testable internal import Pipelines

@Suite struct StageProtocolTests {
  private func again(_ message: StageMessage) throws -> StageMessage? {
    StageMessage(line: try #require(try message.line()))
  }

  @Test func `events reach the runner with every bit of their numbers`() throws {
    let step = StepEvent(
      step: 3, totalSteps: 9, epoch: 1.0 / 3, terms: [("hidden", 0.1), ("attention", .nan)],
      learningRate: 2.5e-5, tokensPerSecond: 1234.5, secondsLeft: nil, gradientNorm: 0.3,
      residentMemory: 5 << 20)
    guard case .event(.step("a", let back))? = try again(.event(.step(stage: "a", step))) else {
      Issue.record("no step")
      return
    }
    #expect(back.step == 3 && back.totalSteps == 9 && back.epoch == 1.0 / 3)
    #expect(back.terms.map(\.0) == ["hidden", "attention"])
    #expect(back.terms[0].1 == 0.1 && back.terms[1].1.isNaN)
    #expect(back.learningRate == 2.5e-5 && back.secondsLeft == nil)
    #expect(back.gradientNorm == 0.3 && back.residentMemory == 5 << 20)
    guard
      case .event(.note("a", "two\nlines \u{1B}"))? = try again(
        .event(.note(stage: "a", text: "two\nlines \u{1B}")))
    else {
      Issue.record("no note")
      return
    }
    guard
      case .event(.resumed("a", 7, 5))? = try again(
        .event(.resumed(stage: "a", step: 7, evaluatedStep: 5))),
      case .event(.progress("a", 1, 2, "rows"))? = try again(
        .event(.progress(stage: "a", done: 1, total: 2, unit: "rows"))),
      case .event(.evaluated("a", 5, let metrics))? = try again(
        .event(.evaluated(stage: "a", step: 5, metrics: [("f1", 0.25)])))
    else {
      Issue.record("an event was lost")
      return
    }
    #expect(metrics.map(\.1) == [0.25])
    guard case .awaitsRecord? = try again(.awaitsRecord) else {
      Issue.record("a question was lost")
      return
    }
  }

  @Test func `endings reach the runner whole`() throws {
    let digest = Digest.of("x")
    let result = StageResult(
      metrics: [("steps", 3), ("loss", .infinity)], notes: ["n"],
      outputs: ["model": OutputDigests(content: digest, file: Digest.of("y"))],
      checkpointSeconds: 0.5)
    guard case .ended(.done(let back))? = try again(.ended(.done(result))) else {
      Issue.record("no result")
      return
    }
    #expect(back.metrics.map(\.1) == [3, .infinity] && back.notes == ["n"])
    #expect(back.outputs == result.outputs && back.checkpointSeconds == 0.5)
    guard case .ended(.interrupted(4))? = try again(.ended(.interrupted(step: 4))),
      case .ended(.failed("why", .inputOutput, true))? = try again(
        .ended(.failed(message: "why", status: .inputOutput, isTransient: true)))
    else {
      Issue.record("an ending was lost")
      return
    }
  }

  @Test(arguments: ["", "hello", "{", "{}", #"{"event": "step"}"#, #"{"ended": "perhaps"}"#])
  func `what a launcher prints is no message`(line: String) {
    #expect(StageMessage(line: line).map { _ in true } == nil)
  }

  @Test func `a job reaches its process as it is`() throws {
    let options = try OptionValues(
      flags: [
        ("temperature", "0.1"), ("label", "1e3"), ("layers", "1,2"), ("words", "yes"),
        ("words", "null"), ("bf16", "true"), ("logging_steps", "3"),
      ], fields: MakeStage.fields)
    let job = StageJob(
      stage: "make@seed=1", kind: MakeStage.self, options: options, seed: .max,
      inputs: ["text": [StageInput(name: "a", path: "a.txt", contentDigest: Digest.of("a"))]],
      outputs: ["model": "x/base.h5"], checkpointFolder: "c", cacheFolder: "d", lockPath: "l",
      threads: 3, allowsNumericChange: true)
    let text = try job.json.encoded()
    let back = try StageJob(
      json: StrictJSON.parse(text, path: "job"), registry: fakeRegistry)
    #expect(back.options == options)
    #expect(back.stage == job.stage && back.seed == .max && back.inputs == job.inputs)
    #expect(back.outputs == job.outputs && back.threads == 3 && back.allowsNumericChange)
    #expect(try back.json.encoded() == text)
  }
}
