import Foundation
import Pipelines
import Synchronization

/// Shows what a run does: on a terminal a live line under the last plain one, elsewhere a plain line
/// every ten seconds.
final class EventPrinter: Sendable {
  private struct State {
    var hasLiveLine = false
    var lastPlainLine = ContinuousClock.now - .seconds(60)
  }
  private let state = Mutex(State())
  private let isLive: Bool
  private let interval = Duration.seconds(10)

  /// A printer; `isLive` false prints plain lines even on a terminal.
  init(isLive: Bool = Output.isTerminal) {
    self.isLive = isLive
  }

  /// Takes an event.
  func show(_ event: RunEvent) {
    switch event {
    case .runStarted(let pipeline, let workspace, let stages):
      line("\(Output.strong(pipeline)): \(Figure.stages(stages)), workspace \(workspace)")
    case .stageStarted(let name, let kind, let reason):
      let label = name == kind ? name : "\(name) (\(kind))"
      line("\(Output.strong(label))" + Output.faint(reason.isEmpty ? "" : "  \(reason)"))
    case .stageSkipped(let name):
      line(Output.faint("\(name): current"))
    case .note(_, let text):
      line("  \(text)")
    case .step(_, let step):
      progress(EventPrinter.text(step), isLast: step.step == step.totalSteps)
    case .progress(_, let done, let total, let unit):
      progress("\(done) of \(total) \(unit)", isLast: done == total)
    case .evaluated(_, let step, let metrics):
      line(
        "  step \(step): " + metrics.map { "\($0.0) \(Figure.text($0.1))" }.joined(separator: "  "))
    case .stageFinished(_, let seconds, let metrics):
      let shown = metrics.count > 8 ? [] : metrics
      let figures = shown.map { "\($0.0) \(Figure.text($0.1))" }.joined(separator: "  ")
      line("  done in \(Figure.duration(seconds))" + (figures.isEmpty ? "" : "  \(figures)"))
    case .stageInterrupted(let name, let step):
      line("\(name): stopped" + (step.map { " after step \($0)" } ?? "") + ", state saved")
    case .stageFailed:
      // The run ends with this error; it is told there, once.
      endLiveLine()
    }
  }

  private static func text(_ step: StepEvent) -> String {
    var parts = [
      "step \(step.step)/\(step.totalSteps)", String(format: "epoch %.2f", step.epoch),
    ]
    parts += step.terms.map { "\($0.0) \(Figure.text($0.1))" }
    parts.append("\(Int(step.tokensPerSecond)) tokens/s")
    if let left = step.secondsLeft { parts.append("\(Figure.duration(left)) left") }
    return parts.joined(separator: "  ")
  }

  private func progress(_ text: String, isLast: Bool) {
    state.withLock { state in
      if isLive {
        Output.raw("\r\u{1B}[K  \(text)" + (isLast ? "\n" : ""))
        state.hasLiveLine = !isLast
      } else if isLast || ContinuousClock.now - state.lastPlainLine >= interval {
        Output.error("  \(text)")
        state.lastPlainLine = .now
      }
    }
  }

  private func line(_ text: String) {
    endLiveLine()
    Output.error(text)
  }

  private func endLiveLine() {
    state.withLock { state in
      if state.hasLiveLine { Output.raw("\r\u{1B}[K") }
      state.hasLiveLine = false
    }
  }
}

/// Numbers as people read them.
enum Figure {
  /// `0.8591`, `12.3`, `14,350,248`.
  static func text(_ value: Double) -> String {
    if !value.isFinite { return "-" }
    if value == value.rounded(), abs(value) < 1e15 {
      return abs(value) < 10_000 ? String(Int(value)) : grouped(Int(value))
    }
    if abs(value) < 1e-3 { return String(format: "%.2e", value) }
    return abs(value) < 10 ? String(format: "%.4f", value) : String(format: "%.1f", value)
  }

  /// `1 stage`, `2 stages`.
  static func stages(_ count: Int) -> String { count == 1 ? "1 stage" : "\(count) stages" }

  /// `0.8591` as `85.9 %`.
  static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }

  /// `6.93` as `6.9`.
  static func oneDecimal(_ value: Double) -> String { String(format: "%.1f", value) }

  /// `12 s`, `3 min 05 s`, `2 h 10 min`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "-" }
    let whole = Int(seconds.rounded())
    if seconds < 10 { return String(format: "%.1f s", seconds) }
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min " + String(format: "%02d s", whole % 60) }
    return "\(whole / 3600) h " + String(format: "%02d min", whole % 3600 / 60)
  }

  /// `14,350,248`.
  static func grouped(_ value: Int) -> String {
    var digits = Array(String(abs(value)))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return (value < 0 ? "-" : "") + String(digits)
  }
}
