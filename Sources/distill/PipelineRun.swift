import ArgumentParser
import Files
import Foundation
import Pipelines
import Stages
import Tracking

/// What a command says at the end of a run that went well.
struct Conclusion {
  /// The command to give next.
  let next: String
  /// Says a failure in the words of the command that runs.
  var advised: (RunSummary.Failure) -> RunSummary.Failure = { $0 }
  /// Lines of data, before what was made is told.
  let lines: () throws -> [String]
}

/// Runs a pipeline under the eyes of a person: events shown and recorded, the signals obeyed, the
/// outcome turned into an exit code.
struct PipelineRun {
  private let pipeline: Pipeline
  private let json: Bool
  private let options: RunOptions
  private let keepsNothing: Bool
  private let tracking: TrackingChoice
  private let display: Display
  private let conclusion: Conclusion?

  /// A run of `pipeline`.
  ///
  /// - Parameters:
  ///   - pipeline: What is run.
  ///   - options: How.
  ///   - json: Whether its metrics are printed as a document.
  ///   - keepsNothing: Whether its workspace is gone when the command ends.
  ///   - tracking: Where it is tracked.
  ///   - display: What is shown of it.
  ///   - conclusion: What is said at its end in place of the usual.
  init(
    _ pipeline: Pipeline, _ options: RunOptions, json: Bool = false, keepsNothing: Bool = false,
    tracking: TrackingChoice = TrackingChoice(mode: .off), display: Display = Display(),
    conclusion: Conclusion? = nil
  ) {
    self.pipeline = pipeline
    self.options = options
    self.json = json
    self.keepsNothing = keepsNothing
    self.tracking = tracking
    self.display = display
    self.conclusion = conclusion
  }

  /// Who is told what happens in the run.
  private var trackers: [any Tracker] {
    let isDrawn = StandardError.takesBlocks && !display.logsJSON
    let progress = RunProgress(ahead: isDrawn ? reckoned : [:], jobs: options.jobs)
    let shown: any Tracker =
      display.logsJSON
      ? EventLog()
      : EventPrinter(
        isDrawn ? .block : .lines(seconds: Double(display.interval)),
        EventLines(namesStages: options.jobs > 1, keepsNothing: keepsNothing), progress)
    var trackers: [any Tracker] = [shown, LocalRecord(pipeline.workspace.metricsPath)]
    // Nobody looks into a workspace that is gone at the end.
    if !keepsNothing { trackers.append(ProgressRecord(pipeline.workspace, progress)) }
    return trackers
  }

  /// What the stages that run will probably take, in seconds: only for who sees it, since it takes a moment
  /// to measure the machine.
  private var reckoned: [String: Double?] {
    guard pipeline.stages.count > 1 else { return [:] }
    Output.screen.show { _, _ in [BlockLine("reckoning what it will take", .faint)] }
    defer { Output.screen.clear() }
    return Runner(pipeline, options: options, services: Services.run).secondsAhead()
  }

  /// Runs, and throws the exit code unless all went well.
  func execute() throws {
    let server = keepsNothing ? nil : try tracking.serverTracker(pipeline.workspace)
    var listening = trackers
    if !keepsNothing { listening += try tracking.reporters(pipeline.workspace) }
    if let server { listening.append(server) }
    let listeners = Listeners(listening)
    server?.tell(listeners.take)
    let runner = Runner(
      pipeline, options: options, services: Services.run, events: listeners.take,
      awaitRecord: listeners.awaitRecord, isInterrupted: { Interruption.isRequested })
    Interruption.remember(telling: keepsNothing ? Interruption.stopping : Interruption.saving)
    let start = ContinuousClock.now
    let outcome = Result { try runner.run() }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    for failure in listeners.finish() { Failure.tell("\(failure)") }
    let summary = try outcome.get()
    Failure.tell(
      summary.failures.map { conclusion?.advised($0) ?? $0 }, summary.exitStatus)
    let isOwn = Interruption.isRequested
    let interruption = isOwn ? Interruption.status : ExitStatus.terminated
    let status = summary.wasInterrupted ? interruption : summary.exitStatus
    if summary.isFinished, let conclusion {
      for line in try conclusion.lines() { Output.amid(line) }
    }
    if display.logsJSON { tellEnd(summary, status, seconds) } else { show(summary, seconds) }
    guard summary.isFinished else { throw ExitCode(status.rawValue) }
    if json { Output.data(try PipelineReport.json(of: .pipeline(pipeline))) }
  }

  /// What came of it, for people.
  private func show(_ summary: RunSummary, _ seconds: Double) {
    if !summary.blocked.isEmpty {
      Output.error("not run because of that: \(summary.blocked.joined(separator: ", "))")
    }
    if summary.wasInterrupted {
      if !keepsNothing {
        let (command, same) = (resuming(summary), CommandLine.spoken)
        let words = command == same ? "the same command again" : "this command"
        Output.error("to go on, give \(words): \(command)")
      }
      return
    }
    guard summary.isFinished, !json else { return }
    let isIdle = summary.ran.isEmpty && summary.restored.isEmpty
    let ran = isIdle ? "nothing to do" : "\(Figure.stages(summary.ran.count)) run"
    let restored =
      summary.restored.isEmpty ? "" : ", \(summary.restored.count) taken from the run cache"
    Output.error(
      "\(pipeline.name): \(ran)\(restored), \(summary.skipped.count) current, "
        + Figure.duration(seconds))
    for line in ClosingLines(pipeline, summary, next: conclusion?.next).lines { Output.error(line) }
  }

  /// The command to go on with.
  private func resuming(_ summary: RunSummary) -> String {
    let words = CommandLine.arguments
    guard !options.forced.isEmpty else { return CommandLine.spoken }
    let rest = ResumingCommand.words(
      Array(words.dropFirst()), of: pipeline.stages.map { ($0.name, $0.baseName) },
      begun: summary.begun, namesStages: pipeline.file != nil)
    return (words.prefix(1) + rest).map { CommandLine.spoken($0) }.joined(separator: " ")
  }

  /// The same as an event.
  private func tellEnd(_ summary: RunSummary, _ status: ExitStatus, _ seconds: Double) {
    let closing = ClosingLines(pipeline, summary, next: conclusion?.next)
    var outputs: [JSONValue] = []
    var next: String?
    let outcome: String
    if summary.isFinished {
      outcome = "done"
      next = closing.nextCommand
      outputs = closing.outputs.map { output in
        .object(JSONObject([("port", .string(output.port)), ("path", .string(output.path))]))
      }
    } else {
      outcome = summary.wasInterrupted ? "interrupted" : "failed"
      if summary.wasInterrupted, !keepsNothing { next = resuming(summary) }
    }
    func names(_ names: [String]) -> JSONValue { .array(names.map { .string($0) }) }
    EventLog.tell(
      "run_finished",
      [
        ("outcome", .string(outcome)), ("seconds", .number(seconds)),
        ("exit_code", .integer(Int(status.rawValue))), ("ran", names(summary.ran)),
        ("restored", names(summary.restored)), ("current", names(summary.skipped)),
        ("failed", names(summary.failures.map(\.stage))), ("blocked", names(summary.blocked)),
        ("outputs", .array(outputs)), ("next", .text(next)),
      ])
  }

  /// What would run, why, and what it costs.
  func plan() throws -> Plan {
    try Runner(pipeline, options: options, services: Services.run).plan(reckons: true)
  }

  /// How the pipeline stands.
  func status() throws -> StatusReport {
    try Runner(pipeline, options: options, services: Services.run).status()
  }
}

extension CommandLine {
  /// The command as it was given, in quotes what a shell would take apart.
  static var spoken: String { arguments.map(spoken).joined(separator: " ") }

  /// A word, in quotes where a shell would take it apart.
  static func spoken(_ word: String) -> String {
    let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "_-./=,:@%+".contains($0) }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
  }
}
