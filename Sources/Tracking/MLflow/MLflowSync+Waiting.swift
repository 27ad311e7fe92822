internal import Files
internal import Pipelines

extension MLflowSync {
  /// What a server has not yet.
  struct Waiting {
    /// Records of series and final metrics.
    var records = 0
    /// Runs that are not there, or whose end is not.
    var runs = 0
    /// Models that are not there, or not registered.
    var models = 0
  }

  /// Counts what waits, as far as is known here: nobody is asked.
  ///
  /// - Throws: What reading the record throws.
  func waiting(_ scope: Scope) throws -> Waiting {
    try look()
    var waiting = Waiting()
    let wanted = attempts.filter { includes($0, scope) }
    for attempt in wanted {
      if owesModel(attempt) { waiting.models += 1 }
      let run = state.attempts[attempt.id]
      if run?.id == nil || run?.status != Self.status(of: attempt) { waiting.runs += 1 }
    }
    let owners = RecordOwners(wanted)
    let paths = [workspace.metricsPath] + wanted.map { workspace.seriesPath(of: $0.id) }
    var runs = state.attempts
    for path in paths {
      var tail = RecordTail(path)
      while case let records = try tail.next(), !records.isEmpty {
        for record in records {
          guard let owner = owners.owner(of: record) else { continue }
          var batch = MLflowBatch(run: "")
          if runs[owner.id, default: MLflowState.Run()].take(record, into: &batch) {
            waiting.records += 1
          }
        }
      }
    }
    let times = state.pending?.object?["metrics"]?.array?.map { $0.object?["timestamp"]?.integer }
    waiting.records += Set(times ?? []).count
    return waiting
  }
}

extension MLflowSync.Waiting {
  /// Whether the server has everything.
  var isNothing: Bool { records == 0 && runs == 0 && models == 0 }

  /// How much waits, such as `12 records wait`.
  var words: String {
    if records > 0 { return records == 1 ? "1 record waits" : "\(records) records wait" }
    if models > 0 { return models == 1 ? "1 model waits" : "\(models) models wait" }
    return runs == 1 ? "the end of 1 stage waits" : "the ends of \(runs) stages wait"
  }
}

/// Whose the records of a workspace are.
struct RecordOwners {
  private let byID: [String: Attempt]
  private let byStage: [String: Attempt]

  /// Looks among some attempts.
  init(_ attempts: [Attempt]) {
    byID = Dictionary(attempts.map { ($0.id, $0) }) { first, _ in first }
    byStage = Dictionary(attempts.filter(\.isCurrent).map { ($0.stage, $0) }) { first, _ in first }
  }

  /// The attempt that recorded something; nil where it is none of them.
  func owner(of record: MetricRecord) -> Attempt? {
    // Older versions did not say whose a record is.
    record.attempt.map { byID[$0] } ?? byStage[record.stage]
  }
}
