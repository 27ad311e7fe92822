import Files
import Pipelines
import Stages

/// The final numbers of a pipeline, for people and as JSON.
enum PipelineReport {
  /// What one stage has to show.
  struct Section {
    let stage: String
    /// Models that were scored side by side.
    let models: Table?
    /// What became of the pairs of models that were compared, a line for each split.
    let comparisons: [String]
    /// The other metrics.
    let metrics: [(name: String, value: Double)]

    /// Lines for a terminal, without the stage's name.
    var lines: [String] {
      (models?.lines ?? []) + comparisons
        + metrics.map { "\($0.name) \(Figure.text($0.value))" }
    }

    /// The section of a document.
    var markdownLines: [String] {
      var lines = ["### \(stage)", ""]
      if let models { lines += models.markdownLines + [""] }
      for comparison in comparisons { lines += [comparison, ""] }
      if !metrics.isEmpty {
        var table = Table(["metric", "value"])
        table.rows = metrics.map { [$0.name, Figure.text($0.value)] }
        lines += table.markdownLines + [""]
      }
      return lines
    }
  }

  /// The stages that are done, in order.
  ///
  /// - Throws: `PipelineError` where nothing has run or there is no such stage.
  static func sections(of place: Place, stage: String? = nil) throws -> [Section] {
    try records(of: place, stage: stage).stages.map(section)
  }

  /// One document: metrics by stage.
  static func json(of place: Place, stage: String? = nil) throws -> String {
    try records(of: place, stage: stage).json.indented()
  }

  /// What an `evaluate` stage found, for standard output.
  ///
  /// - Throws: As `sections`.
  static func evaluation(of pipeline: Pipeline) throws -> [String] {
    let stages = try records(of: .pipeline(pipeline), stage: nil).stages
    return stages.flatMap { stage in
      EvaluationTable.lines(of: stage.metrics) + section(stage).comparisons
    }
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
      names = all.stages.flatMap { [$0.name, $0.baseName] }
    }
    guard let stage else { return all }
    guard names.contains(stage) else {
      let suggestion = Suggestion.clause(for: stage, among: names.uniqued())
      throw PipelineError(.usage, at: "--stage", "there is no stage \"\(stage)\"\(suggestion)")
    }
    return all.only(stage)
  }

  /// Metrics named `model.metric` make a table, one row a model; those of a comparison a sentence;
  /// the others a line each.
  private static func section(_ stage: RecordedMetrics.Stage) -> Section {
    let comparisons = ["train", "dev", "test"].compactMap { Comparison($0, in: stage.metrics) }
    let told = Set(comparisons.flatMap(\.names))
    let split = stage.metrics.filter { !told.contains($0.0) }.map {
      name, value -> (row: String, column: String, value: Double) in
      guard let dot = name.lastIndex(of: ".") else { return ("", name, value) }
      return (String(name[..<dot]), String(name[name.index(after: dot)...]), value)
    }
    var values: [String: [String: Double]] = [:]
    for entry in split where !entry.row.isEmpty {
      values[entry.row, default: [:]][entry.column] = entry.value
    }
    // What has no size is no model.
    let models = split.map(\.row).uniqued().filter { values[$0]?["parameters"] != nil }
    let scores = EvaluateStage.columns(among: split.map(\.column).uniqued())
    let shown = Set(models.isEmpty ? [] : ModelTable.sizes + scores.map(\.name))
    let isModel = Set(models).contains
    return Section(
      stage: stage.name,
      models: models.isEmpty ? nil : ModelTable.make(models: models, scores) { values[$0]?[$1] },
      comparisons: comparisons.map(\.sentence),
      metrics: split.filter { !isModel($0.row) || !shown.contains($0.column) }.map {
        ($0.row.isEmpty ? $0.column : "\($0.row).\($0.column)", $0.value)
      })
  }
}

/// How pairs of models that `evaluate` compared differ on a split.
private struct Comparison {
  /// The metrics that say so: the difference and the ends of its interval.
  let names: [String]
  let sentence: String

  /// Nil where the split was not compared.
  init?(_ split: String, in metrics: [(String, Double)]) {
    names = ["difference", "lower", "upper"].map { "compare.\(split)_\($0)" }
    let found = Dictionary(metrics) { first, _ in first }
    let values = names.compactMap { found[$0] }
    guard values.count == names.count else { return nil }
    let points = values.map(Figure.points)
    sentence =
      "\(split) accuracy, first of each pair minus second: \(points[0]) points, "
      + "95 % interval \(points[1]) to \(points[2])"
  }
}

/// The table of models scored side by side.
enum ModelTable {
  /// Every metric that the table shows, scores left out.
  static let sizes = [
    "layers", "hidden_size", "parameters", "flops_per_token", "tokens_per_second",
  ]

  static func make(
    models: [String], _ scored: [(name: String, isShare: Bool)],
    value: (String, String) -> Double?
  ) -> Table {
    var table = Table(
      ["model", "layers x width", "parameters", "MFLOP/token"]
        + scored.map { $0.name.split(separator: "_").joined(separator: " ") } + ["tokens/s"])
    for model in models {
      func whole(_ column: String) -> String {
        value(model, column).flatMap(Int.init(exactly:)).map(Figure.grouped) ?? "-"
      }
      let size = "\(whole("layers")) x \(whole("hidden_size"))"
      let cost = value(model, "flops_per_token").map { Figure.oneDecimal($0 / 1e6) } ?? "-"
      let scores = scored.map { column in
        value(model, column.name).map(column.isShare ? Figure.percent : Figure.text) ?? "-"
      }
      table.rows.append(
        [model, size, whole("parameters"), cost] + scores + [whole("tokens_per_second")])
    }
    return table
  }
}

extension Array where Element: Hashable {
  /// The elements without repetitions, in their order.
  fileprivate func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
