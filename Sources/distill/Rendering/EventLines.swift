import Files
import Foundation
import Pipelines

/// The lines that stay of what happens in a run.
struct EventLines {
  /// Whether every line says which stage it is of: several run at the same time.
  let namesStages: Bool
  /// Whether the workspace is gone when the command ends.
  let keepsNothing: Bool

  /// The line of an event; nil of one that has none, such as a step, of which `progress` tells.
  ///
  /// - Parameters:
  ///   - event: What happened.
  ///   - stage: How far the stage is of which the event tells; nil where that is not known.
  /// - Returns: The line.
  func line(_ event: RunEvent, of stage: StageProgress? = nil) -> String? {
    switch event {
    case .runStarted(_, let pipeline, let workspace, let stages):
      return "\(Output.strong(pipeline)): \(Figure.stages(stages))"
        + (keepsNothing ? "" : ", workspace \(printable(workspace))")
    case .stageStarted(let stage, _, let reason):
      let (name, kind) = (stage.name, stage.kind.kind)
      let label = name == kind ? name : "\(name) (\(kind))"
      return "\(Output.strong(label))" + Output.faint(reason.isEmpty ? "" : "  \(briefly(reason))")
    case .stageSkipped(let name, _): return Output.faint("\(name): current")
    case .stageRestored(let name, let record):
      let attempt = record.id.map { "attempt \($0.prefix(8))" } ?? "an earlier attempt"
      return "\(Output.strong(name))" + Output.faint("  taken from what \(attempt) made")
    case .note(let stage, let text): return "\(lead(stage))\(briefly(text))"
    case .evaluated(let name, let step, let metrics):
      return lead(name) + Self.evaluated(step, metrics, stage)
    case .stageFinished(let stage, let seconds, let metrics):
      let figures = Self.chief(metrics)
      return "\(lead(stage))done in \(Figure.duration(seconds))"
        + (figures.isEmpty ? "" : "  \(figures)")
    case .stageRetried(let name, let message, let seconds):
      return "\(name): \(briefly(message)); tried again in \(Figure.duration(Double(seconds)))"
    case .stageBlocked(let name, let stages):
      return "\(name): not run, after \(stages.joined(separator: ", "))"
    case .stageInterrupted(let name, let step):
      return "\(name): stopped" + (step.map { " after step \($0)" } ?? "")
        + (keepsNothing ? "" : ", state saved")
    // The run ends with the error of a stage, which is told there, once; a note says where a training
    // goes on.
    case .stageFailed, .resumed, .step, .pulse, .progress: return nil
    }
  }

  /// `  step 3/100  epoch 0.50  loss 1.31  rate 4.90e-05  14350 tokens/s  3 min left`.
  func progress(of stage: StageProgress, at now: Int) -> String {
    var parts: [String] = []
    if let work = stage.work {
      if let training = stage.training, stage.step != nil {
        parts.append("step \(work.done)/\(work.total)")
        parts.append(String(format: "epoch %.2f", training.epoch))
        parts.append(Self.loss(training.terms.map { ($0.name, $0.value) }))
        parts.append(String(format: "rate %.2e", training.learningRate))
        parts.append("\(Figure.text(training.tokensPerSecond.rounded())) tokens/s")
      } else {
        parts.append(ProgressBlock.text(of: stage, work))
      }
      if work.done < work.total, let left = stage.secondsLeft(at: now) {
        parts.append("\(Figure.duration(left)) left")
      }
    } else {
      parts.append("at work for \(Figure.duration(stage.seconds(at: now)))")
    }
    return lead(stage.name) + parts.joined(separator: "  ")
  }

  /// What a line about a stage begins with.
  private func lead(_ stage: String) -> String { namesStages ? "\(printable(stage)): " : "  " }

  /// `step 400  epoch 0.84  loss 1.31: accuracy 85.9 %  f1 84.1 %`.
  private static func evaluated(
    _ step: Int, _ metrics: [(String, Double)], _ stage: StageProgress?
  ) -> String {
    // The chief ones come first; those of single kinds of answers, which follow, are in the record.
    let shown = metrics.prefix(4).map { "\($0.0) \(Figure.measure($0.0, $0.1))" }
    let more = metrics.count > 4 ? "  and \(metrics.count - 4) more" : ""
    var course = ""
    if let training = stage?.training, let told = stage?.step, told > 0 {
      // The losses were told after the step that was scored, or not long before.
      course =
        String(format: "  epoch %.2f  ", training.epoch * Double(step) / Double(told))
        + loss(training.terms.map { ($0.name, $0.value) })
    }
    return "step \(step)\(course): " + shown.joined(separator: "  ") + Output.faint(more)
  }

  /// `loss 0.0017`, or `loss 1.3 (hidden 0.8, attention 0.5)` where it has several terms.
  static func loss(_ terms: [(String, Double)]) -> String {
    let parts = terms.map { name, value in
      "\(name.hasSuffix("_loss") ? String(name.dropLast(5)) : name) \(Figure.text(value))"
    }.joined(separator: ", ")
    return "loss \(Figure.text(terms.reduce(0) { $0 + $1.1 }))"
      + (terms.count > 1 ? " (\(parts))" : "")
  }

  /// The models whose metrics these are, in their order: what stands before the dot in a name.
  private static func models(of metrics: [(String, Double)]) -> [String] {
    var known: Set<String> = []
    return metrics.compactMap { name, _ in
      let parts = name.split(separator: ".", maxSplits: 1)
      guard parts.count == 2, let model = parts.first else { return nil }
      return known.insert(String(model)).inserted ? String(model) : nil
    }
  }

  /// The metrics of a stage where they are few, else the first ones; where models were scored side by
  /// side, what each was scored with first.
  static func chief(_ metrics: [(String, Double)]) -> String {
    var shown = metrics
    if metrics.count > 8 {
      let scores = models(of: metrics).compactMap { model in
        ["test_", "dev_", "train_"].lazy.compactMap { split in
          metrics.first { $0.0.hasPrefix("\(model).\(split)") }
        }.first
      }
      shown = Array((scores.isEmpty ? metrics : scores).prefix(6))
    }
    let more = metrics.count > shown.count ? "  and \(metrics.count - shown.count) more" : ""
    return shown.map { "\(printable($0.0)) \(Figure.measure($0.0, $0.1))" }.joined(separator: "  ")
      + more
  }
}
