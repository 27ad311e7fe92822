internal import Files
internal import Foundation

/// The work on one stage from start to end: where it runs, and how often it is tried.
struct StageExecution: Sendable {
  let job: StageJob
  let launcher: [String]
  let runner: Runner

  /// The longest pause before another try, in seconds.
  private static let longestPause = 60

  /// Runs the stage, and again after a failure that may pass, as often as the run's options allow;
  /// each try goes on from the last checkpoint.
  func run() -> (ending: StageEnding, attempts: Int) {
    var attempts = 1
    while true {
      let ending = runOnce()
      guard case .failed(let message, _, true) = ending, attempts <= runner.options.retries else {
        return (ending, attempts)
      }
      let pause = min(1 << min(attempts - 1, 6), Self.longestPause)
      runner.events(.stageRetried(name: job.stage, message: message, seconds: pause))
      for _ in 0..<pause * 10 {
        // Nothing runs: the state on disk is that of the last checkpoint.
        if runner.isInterrupted() { return (.interrupted(step: nil), attempts) }
        Thread.sleep(forTimeInterval: 0.1)
      }
      attempts += 1
    }
  }

  /// Passes on what happens: remarks in the words of the place where options are given.
  private var take: @Sendable (RunEvent) -> Void {
    { [runner, job] event in
      guard case .note(let stage, let text) = event else { return runner.events(event) }
      runner.events(.note(stage: stage, text: runner.pipeline.spoken(text, by: job.kind)))
    }
  }

  private func runOnce() -> StageEnding {
    if let program = runner.services.program, runner.options.jobs > 1 || !launcher.isEmpty {
      return StageProcess.run(
        job, launcher: launcher, program: program, createdBy: runner.services.createdBy,
        events: take, awaitRecord: runner.awaitRecord,
        isInterrupted: runner.isInterrupted)
    }
    return StageEnding(exitStatus: runner.services.exitStatus) {
      try job.run(
        events: take, isInterrupted: runner.isInterrupted, awaitRecord: runner.awaitRecord)
    }
  }
}
