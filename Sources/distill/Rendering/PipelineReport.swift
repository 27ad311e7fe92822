import Artifacts
import Files
import Pipelines
import Tracking

/// The final numbers of a pipeline, for people and as JSON.
enum PipelineReport {
  /// What one stage has to show.
  struct Section {
    let stage: String
    /// Models that were scored side by side.
    let models: EvaluationTable
    /// The other metrics.
    var metrics: [(name: String, value: Double)] { models.others }

    /// Lines for a terminal, without the stage's name.
    var lines: [String] {
      PipelineReport.lines(of: models)
        + metrics.map { "\($0.name) \(Figure.measure($0.name, $0.value))" }
    }

    /// The section of a document.
    var markdownLines: [String] {
      var lines = ["### \(stage)", ""]
      for table in models.tables { lines += table.markdownLines + [""] }
      for comparison in models.comparisons { lines += [comparison, ""] }
      if !metrics.isEmpty {
        var table = Table(["metric", "value"])
        table.rows = metrics.map { [$0.name, Figure.measure($0.name, $0.value)] }
        lines += table.markdownLines + [""]
      }
      return lines
    }
  }

  /// The stages that are done, in order.
  ///
  /// - Throws: `PipelineError` where nothing has run or there is no such stage.
  static func sections(of place: Place, stage: String? = nil) throws -> [Section] {
    let stages = try records(of: place, stage: stage).stages
    guard case .pipeline(let pipeline) = place else {
      return stages.map { section($0, labels: labels(of: $0, in: place.workspace) ?? []) }
    }
    return stages.map { recorded in
      let stage = pipeline.stages.first { $0.name == recorded.name }
      return section(recorded, labels: stage.flatMap { labels(of: $0, in: pipeline) } ?? [])
    }
  }

  /// The stages that have begun and are not done, in order.
  ///
  /// - Throws: As `sections`; what is wrong with the record of their numbers.
  static func unfinished(of place: Place, stage: String? = nil) throws -> [UnfinishedSection] {
    try unfinished(try records(of: place, stage: stage), of: place)
  }

  private static func unfinished(
    _ records: RecordedMetrics, of place: Place
  ) throws -> [UnfinishedSection] {
    let series = try RecordedSeries.read(of: records.unfinished, in: place.workspace)
    return records.unfinished.map {
      UnfinishedSection(stage: $0, series: series[$0.name] ?? RecordedSeries())
    }
  }

  /// One document: metrics by stage; of a stage that is not done, where it stands and its series so far.
  static func json(of place: Place, stage: String? = nil) throws -> String {
    let records = try records(of: place, stage: stage)
    var document = records.json.object ?? JSONObject()
    for section in try unfinished(records, of: place) {
      document.append(section.stage.name, section.json)
    }
    return try JSONValue.object(document).document("distill.metrics/1")
  }

  /// What an `evaluate` stage found, for standard output.
  ///
  /// - Throws: As `sections`.
  static func evaluation(of pipeline: Pipeline) throws -> [String] {
    let stages = try records(of: .pipeline(pipeline), stage: nil).stages
    let labels = pipeline.stages.first.flatMap { Self.labels(of: $0, in: pipeline) } ?? []
    return stages.flatMap { stage in
      let models = EvaluationTable(stage.metrics, labels: labels, pairs: stage.pairs)
      let others = models.others.map { "\($0.name) \(Figure.measure($0.name, $0.value))" }
      return lines(of: models) + (others.isEmpty ? [] : [""]) + others
    }
  }

  /// Tables with a blank line between them, then comparisons.
  private static func lines(of models: EvaluationTable) -> [String] {
    let tables = models.tables.map { $0.lines(within: 78) }
    return Array(tables.joined(separator: [""])) + (models.comparisons.isEmpty ? [] : [""])
      + models.comparisons.flatMap { $0.wrapped(to: Output.width.map { $0 - 2 }, indent: 2) }
  }

  /// The names of the labels of the dataset that a stage reads; nil where they cannot be read any more.
  private static func labels(of stage: PipelineStage, in pipeline: Pipeline) -> [String]? {
    let names = stage.inputs.first { $0.port == "dataset" }?.names ?? []
    let source = pipeline.sources.first { names.contains($0.name) }?.paths.first
    let made = pipeline.stages.lazy.compactMap { stage in
      stage.outputs.first { names.contains($0.name) }.map { pipeline.path(of: $0, of: stage) }
    }.first
    return (source ?? made).flatMap { try? DatasetArtifact.open($0).1.labels }
  }

  /// The same by the record of a workspace, which may have been moved since.
  private static func labels(
    of stage: RecordedMetrics.Stage, in workspace: Workspace
  ) -> [String]? {
    guard let dataset = stage.inputs.first(where: { $0.port == "dataset" }) else { return nil }
    let paths = [workspace.artifactPath(dataset.name, kind: "dataset"), dataset.path]
    return paths.lazy.compactMap { try? DatasetArtifact.open($0).1.labels }.first
  }

  private static func records(of place: Place, stage: String?) throws -> RecordedMetrics {
    let all: RecordedMetrics
    let names: [String]
    switch place {
    case .pipeline(let pipeline):
      all = try RecordedMetrics(of: pipeline)
      names = pipeline.stages.flatMap { [$0.name, $0.baseName] }
    case .workspace(let workspace):
      all = try RecordedMetrics(in: workspace)
      names =
        all.stages.flatMap { [$0.name, $0.baseName] }
        + all.unfinished.flatMap { [$0.name, $0.baseName] }
    }
    guard let stage else { return all }
    guard names.contains(stage) else {
      let suggestion = Suggestion.clause(for: stage, among: names.uniqued())
      throw PipelineError(.usage, at: "--stage", "there is no stage \"\(stage)\"\(suggestion)")
    }
    return all.only(stage)
  }

  /// Metrics named `model.metric` make tables; the others a line each.
  private static func section(_ stage: RecordedMetrics.Stage, labels: [String]) -> Section {
    Section(
      stage: stage.name,
      models: EvaluationTable(stage.metrics, labels: labels, pairs: stage.pairs))
  }
}

extension RecordedMetrics.Stage {
  /// The pairs of models that it compared.
  fileprivate var pairs: [String] { option("compare")?.array?.compactMap(\.string) ?? [] }
}
