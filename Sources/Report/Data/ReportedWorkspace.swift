internal import Artifacts
internal import Files
internal import Pipelines
internal import Tracking

/// What a report shows of one workspace.
struct ReportedWorkspace: Sendable {
  /// The folder.
  let path: String
  /// What it is called where several are shown.
  var name: String
  /// Name of the pipeline.
  let pipeline: String
  /// The last run: when it began and, if it did, ended.
  let run: (started: String, finished: String?)?
  /// The stages of the last run.
  let graph: StageGraph
  /// Every attempt, the oldest first.
  let attempts: [Attempt]
  /// What was evaluated, in the order of the stages.
  private(set) var evaluations: [Evaluation] = []
  /// The losses and scores of the last attempts over their course, by their identity.
  private(set) var series: [String: RecordedSeries] = [:]
  /// The rows on which a student and its teacher differ most.
  private(set) var disagreements: [Disagreements] = []
  /// What could not be read, one line each.
  private(set) var faults: [String] = []

  /// Reads a workspace; what is damaged, but for the manifest, is left out and told in `faults`.
  ///
  /// - Throws: `PipelineError` where nothing has run or the manifest is damaged; `FileError` if it cannot
  ///   be read.
  init(_ workspace: Workspace) throws {
    let history = try RunHistory(in: [workspace])
    let manifest = try Manifest.read(workspace)
    path = workspace.path
    name = workspace.path
    attempts = history.attempts
    faults = history.faults
    pipeline = manifest?.pipeline ?? history.attempts.last?.pipeline ?? ""
    run = manifest?.run.map { ($0.started, $0.finished) }
    graph = manifest.map { StageGraph($0, history.attempts) } ?? StageGraph(name: "", nodes: [])
    do {
      series = try RecordedSeries.ofLast(attempts, in: workspace)
    } catch { faults.append("\(error)") }
    for attempt in current where attempt.kind == "evaluate" {
      guard var evaluation = Evaluation(attempt, among: attempts) else { continue }
      let files = EvaluatedFiles(attempt, in: workspace)
      evaluation.labels = files.labels
      disagreements += files.disagreements(in: evaluation, &faults)
      evaluations.append(evaluation)
    }
  }

  /// What is at hand, from any source.
  init(
    path: String, graph: StageGraph, attempts: [Attempt], series: [String: RecordedSeries] = [:],
    disagreements: [Disagreements] = []
  ) {
    self.path = path
    name = path
    pipeline = graph.name
    run = nil
    self.graph = graph
    self.attempts = attempts
    self.series = series
    self.disagreements = disagreements
    evaluations = current.filter { $0.kind == "evaluate" }.compactMap {
      Evaluation($0, among: attempts)
    }
  }

  /// The stages that are done with what an earlier attempt had made.
  var earlier: EarlierStages { EarlierStages(graph, current) }

  /// The last attempt at each stage of the last run, in the order of the stages.
  var current: [Attempt] {
    let last = Dictionary(attempts.filter(\.isCurrent).map { ($0.stage, $0) }) { first, _ in first }
    return graph.nodes.compactMap { last[$0.name] }
  }
}
