import Files
import Foundation
import Pipelines
import Synchronization
import Tracking

/// Shows what a run does: on a terminal a block that is kept in place under the lines that stay, drawn
/// by the clock four times a second at most; elsewhere a plain line now and then.
///
/// Events only change what there is to show. A step costs the same whoever looks on.
final class EventPrinter: Tracker {
  /// How progress is shown.
  enum Form: Sendable {
    /// In place, on a terminal.
    case block
    /// A line every so many seconds.
    case lines(seconds: Double)
  }

  private struct State {
    var progress: RunProgress
    /// When the last line of progress was printed, in milliseconds since 1970.
    var lastLine: Int?
    var isFinished = false
  }
  private let state: Mutex<State>
  private let form: Form
  private let lines: EventLines
  private let screen: Screen
  private let now: @Sendable () -> Int

  /// Seconds between two looks at the clock.
  private static let pause = 0.25

  /// A printer.
  ///
  /// - Parameters:
  ///   - form: How progress is shown.
  ///   - lines: The lines that stay.
  ///   - progress: That of a run that has not begun.
  ///   - screen: Where all of it is shown.
  ///   - now: The time in milliseconds since 1970.
  ///   - isTimed: Whether the clock draws; else who calls `tick`.
  init(
    _ form: Form, _ lines: EventLines, _ progress: RunProgress,
    on screen: Screen = Output.screen, now: @escaping @Sendable () -> Int = { WallClock.now },
    isTimed: Bool = true
  ) {
    self.form = form
    self.lines = lines
    self.screen = screen
    self.now = now
    state = Mutex(State(progress: progress))
    guard isTimed else { return }
    // A thread of its own: drawing waits for the terminal, and nobody for drawing.
    Thread { [weak self] in
      while let printer = self, !printer.state.withLock(\.isFinished) {
        Thread.sleep(forTimeInterval: Self.pause)
        printer.tick()
      }
    }.start()
  }

  let complaint = "progress was not shown"
  let isRecord = false

  func finish() {
    state.withLock { $0.isFinished = true }
    screen.clear()
  }

  func take(_ event: RunEvent, at time: Int) {
    let (stage, isLast) = state.withLock { state in
      let before = event.stage.flatMap { state.progress.stage($0) }
      state.progress.take(event, at: time)
      let after = event.stage.flatMap { state.progress.stage($0) }
      return (after ?? before, event.endsWork)
    }
    if let line = lines.line(event, of: stage) { screen.line(line) }
    switch event {
    case .step, .pulse, .progress:
      if let stage, isLast || isFirst { tell(stage) }
    default: break
    }
  }

  /// Looks at the clock.
  func tick() {
    let time = now()
    switch form {
    case .block:
      screen.show { columns, rows in
        let (progress, isFinished) = state.withLock { ($0.progress, $0.isFinished) }
        guard !isFinished else { return [] }
        return ProgressBlock(progress, at: time, left: progress.secondsLeft(at: time))
          .lines(columns: columns, rows: rows)
      }
    case .lines(let seconds):
      let (stages, last, isFinished) = state.withLock {
        ($0.progress.active, $0.lastLine, $0.isFinished)
      }
      guard !isFinished, last.map({ Double(time - $0) >= seconds * 1000 }) ?? true else { return }
      // What has told nothing yet is worth a line when it has taken so long.
      for stage in stages where stage.work != nil || stage.seconds(at: time) >= seconds {
        tell(stage)
      }
    }
  }

  /// Prints a line that stays of how far a stage is.
  private func tell(_ stage: StageProgress) {
    let time = now()
    state.withLock { $0.lastLine = time }
    screen.line(lines.progress(of: stage, at: time))
  }

  /// Whether no line of progress has been printed, where there are such lines.
  private var isFirst: Bool {
    if case .lines = form { state.withLock { $0.lastLine == nil } } else { false }
  }
}

extension RunEvent {
  /// The stage that it is about; nil where it is about the run.
  var stage: String? {
    switch self {
    case .runStarted: nil
    case .stageStarted(let stage, _, _): stage.name
    case .stageSkipped(let name, _), .stageRestored(let name, _), .stageFinished(let name, _, _),
      .stageInterrupted(let name, _), .stageRetried(let name, _, _), .stageBlocked(let name, _),
      .stageFailed(let name, _):
      name
    case .step(let stage, _), .pulse(let stage, _), .progress(let stage, _, _, _),
      .note(let stage, _), .resumed(let stage, _, _), .evaluated(let stage, _, _):
      stage
    }
  }

  /// Whether it tells the last of some work, which is worth a line that stays.
  fileprivate var endsWork: Bool {
    switch self {
    case .step(_, let step): step.step == step.totalSteps
    case .progress(_, let done, let total, _): done == total
    default: false
    }
  }
}
