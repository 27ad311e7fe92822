import Foundation
import Pipelines
import Synchronization
import Tracking

/// Appends the numbers of a run to `<workspace>/metrics.jsonl`.
///
/// A stage that begins anew or goes back to a checkpoint first drops what it recorded of the steps it
/// is about to do again, so that each is there once. The record is a convenience: that it cannot be
/// written is told, and stops nothing.
final class MetricRecorder: Sendable {
  private struct State {
    var record: LocalRecord?
    var failure: String?
    /// Stages that have begun and recorded nothing yet.
    var begun: Set<String> = []
  }
  private let path: String
  private let state = Mutex(State())

  init(_ path: String) { self.path = path }

  /// Why the record could not be written, `nil` when it was.
  var failure: String? { state.withLock { $0.failure ?? $0.record?.failure } }

  /// Takes an event; those without numbers are left out.
  func take(_ event: RunEvent) {
    state.withLock { state in
      switch event {
      case .stageStarted(let stage, _, _):
        state.begun.insert(stage)
      case .resumed(let stage, let step, let evaluatedStep):
        state.begun.remove(stage)
        guard FileManager.default.fileExists(atPath: path) else { return }
        open(&state)?.drop { record in
          guard record.stage == stage else { return false }
          return record.step ?? .max > (record.event == .evaluated ? evaluatedStep : step)
        }
      default:
        guard let record = event.metricRecord, let file = open(&state) else { return }
        if state.begun.remove(record.stage) != nil { file.drop { $0.stage == record.stage } }
        file.record(record)
      }
    }
  }

  private func open(_ state: inout State) -> LocalRecord? {
    if state.record == nil, state.failure == nil {
      do { state.record = try LocalRecord(path) } catch { state.failure = "\(error)" }
    }
    return state.record
  }
}

extension RunEvent {
  /// The event's numbers, with the time of now.
  fileprivate var metricRecord: MetricRecord? {
    let time = Int(Date().timeIntervalSince1970 * 1000)
    func make(
      _ stage: String, _ kind: MetricRecord.Event, _ step: Int?, _ values: [(String, Double)]
    ) -> MetricRecord {
      MetricRecord(
        time: time, stage: stage, event: kind, step: step,
        values: values.map { MetricRecord.Value($0.0, $0.1) })
    }
    switch self {
    case .step(let stage, let step):
      return make(
        stage, .step, step.step,
        step.terms + [
          ("epoch", step.epoch), ("learning_rate", step.learningRate),
          ("tokens_per_second", step.tokensPerSecond),
        ])
    case .evaluated(let stage, let step, let metrics):
      return make(stage, .evaluated, step, metrics)
    case .stageFinished(let name, let seconds, let metrics):
      return make(name, .finished, nil, metrics + [("seconds", seconds)])
    default: return nil
    }
  }
}
