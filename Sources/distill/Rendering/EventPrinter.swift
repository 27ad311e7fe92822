import Files
import Foundation
import Pipelines
import Synchronization
import Tracking

/// Shows what a run does: on a terminal a live line under the last plain one, elsewhere a plain line
/// every ten seconds.
final class EventPrinter: Tracker {
  private struct State {
    var hasLiveLine = false
    var lastPlainLine = ContinuousClock.now - .seconds(60)
  }
  private let state = Mutex(State())
  private let isLive: Bool
  private let interval = Duration.seconds(10)
  /// Whether every line says which stage it is of.
  private let namesStages: Bool
  /// Whether the workspace is gone when the command ends.
  private let keepsNothing: Bool

  /// A printer; `isLive` false prints plain lines even on a terminal, `namesStages` suits several
  /// stages at a time, which have no live line, `keepsNothing` a workspace that nobody sees.
  init(isLive: Bool = Output.isTerminal, namesStages: Bool = false, keepsNothing: Bool = false) {
    self.isLive = isLive && !namesStages
    self.namesStages = namesStages
    self.keepsNothing = keepsNothing
  }

  let complaint = "progress was not shown"
  let isRecord = false

  func finish() { endLiveLine() }

  func take(_ event: RunEvent, at time: Int) {
    switch event {
    case .runStarted(_, let pipeline, let workspace, let stages):
      line(
        "\(Output.strong(pipeline)): \(Figure.stages(stages))"
          + (keepsNothing ? "" : ", workspace \(printable(workspace))"))
    case .stageStarted(let stage, _, let reason):
      let (name, kind) = (stage.name, stage.kind.kind)
      let label = name == kind ? name : "\(name) (\(kind))"
      line("\(Output.strong(label))" + Output.faint(reason.isEmpty ? "" : "  \(briefly(reason))"))
    case .stageSkipped(let name, _):
      line(Output.faint("\(name): current"))
    case .stageRestored(let name, let record):
      let attempt = record.id.map { "attempt \($0.prefix(8))" } ?? "an earlier attempt"
      line("\(Output.strong(name))" + Output.faint("  taken from what \(attempt) made"))
    case .note(let stage, let text):
      line("\(lead(stage))\(briefly(text))")
    case .resumed:
      break  // The stage says it in a note.
    case .step(let stage, let step):
      progress(stage, EventPrinter.text(step), isLast: step.step == step.totalSteps)
    case .pulse(let stage, let step): progress(stage, EventPrinter.text(step), isLast: false)
    case .progress(let stage, let done, let total, let unit):
      progress(stage, "\(done) of \(total) \(unit)", isLast: done == total)
    case .evaluated(let stage, let step, let metrics):
      // The chief ones come first; those of single kinds of answers, which follow, are in the record.
      let shown = metrics.prefix(4).map { "\($0.0) \(Figure.text($0.1))" }
      let more = metrics.count > 4 ? "  and \(metrics.count - 4) more" : ""
      line("\(lead(stage))step \(step): " + shown.joined(separator: "  ") + Output.faint(more))
    case .stageFinished(let stage, let seconds, let metrics):
      let shown = metrics.count > 8 ? [] : metrics
      let figures = shown.map { "\($0.0) \(Figure.text($0.1))" }.joined(separator: "  ")
      line(
        "\(lead(stage))done in \(Figure.duration(seconds))"
          + (figures.isEmpty ? "" : "  \(figures)"))
    case .stageRetried(let name, let message, let seconds):
      line("\(name): \(briefly(message)); tried again in \(Figure.duration(Double(seconds)))")
    case .stageBlocked(let name, let stages):
      line("\(name): not run, after \(stages.joined(separator: ", "))")
    case .stageInterrupted(let name, let step):
      line(
        "\(name): stopped" + (step.map { " after step \($0)" } ?? "")
          + (keepsNothing ? "" : ", state saved"))
    case .stageFailed:
      // The run ends with this error; it is told there, once.
      endLiveLine()
    }
  }

  private static func text(_ step: StepEvent) -> String {
    var parts = [
      "step \(step.step)/\(step.totalSteps)", String(format: "epoch %.2f", step.epoch),
    ]
    parts.append(EventPrinter.loss(step.terms))
    parts.append("\(Int(step.tokensPerSecond)) tokens/s")
    if let left = step.secondsLeft { parts.append("\(Figure.duration(left)) left") }
    return parts.joined(separator: "  ")
  }

  /// `loss 0.0017`, or `loss 1.3 (hidden 0.8, attention 0.5)` where it has several terms.
  private static func loss(_ terms: [(String, Double)]) -> String {
    let parts = terms.map { name, value in
      "\(name.hasSuffix("_loss") ? String(name.dropLast(5)) : name) \(Figure.text(value))"
    }.joined(separator: ", ")
    return "loss \(Figure.text(terms.reduce(0) { $0 + $1.1 }))"
      + (terms.count > 1 ? " (\(parts))" : "")
  }

  /// What a line about a stage begins with.
  private func lead(_ stage: String) -> String { namesStages ? "\(stage): " : "  " }

  private func progress(_ stage: String, _ text: String, isLast: Bool) {
    let text = namesStages ? "\(stage): \(text)" : text
    state.withLock { state in
      if isLive {
        Output.raw("\r\u{1B}[K  \(text)" + (isLast ? "\n" : ""))
        state.hasLiveLine = !isLast
      } else if isLast || ContinuousClock.now - state.lastPlainLine >= interval {
        Output.error(namesStages ? text : "  \(text)")
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
  static func percent(_ share: Double) -> String {
    share.isFinite ? String(format: "%.1f %%", share * 100) : "-"
  }

  /// `0.0712` as `+7.1`.
  static func points(_ difference: Double) -> String {
    difference.isFinite ? String(format: "%+.1f", difference * 100) : "-"
  }

  /// `0.0712` as `+0.071`.
  static func difference(_ difference: Double) -> String {
    difference.isFinite ? String(format: "%+.3f", difference) : "-"
  }

  /// `6.93` as `6.9`.
  static func oneDecimal(_ value: Double) -> String {
    value.isFinite ? String(format: "%.1f", value) : "-"
  }

  /// `12 s`, `3 min 05 s`, `2 h 10 min`.
  static func duration(_ seconds: Double) -> String {
    guard (0..<1e15).contains(seconds) else { return "-" }
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
