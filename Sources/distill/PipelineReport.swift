import Files
import Pipelines

/// The final numbers of a pipeline, for people and as JSON.
enum PipelineReport {
  /// What one stage has to show.
  struct Section {
    let stage: String
    let lines: [String]
  }

  /// The stages that are done, in order.
  ///
  /// - Throws: `PipelineError` where nothing has run or there is no such stage.
  static func sections(of pipeline: Pipeline, stage: String?) throws -> [Section] {
    try records(of: pipeline, stage: stage).map { name, record in
      Section(stage: name, lines: lines(record.metrics))
    }
  }

  /// One document: metrics by stage.
  static func json(of pipeline: Pipeline, stage: String? = nil) throws -> String {
    let stages = try records(of: pipeline, stage: stage).map { name, record in
      let metrics = record.metrics.map { (name: $0.0, value: JSONValue.number($0.1)) }
      return (name: name, value: JSONValue.object(JSONObject(metrics)))
    }
    return try JSONValue.object(JSONObject(stages)).indented()
  }

  private static func records(of pipeline: Pipeline, stage: String?) throws
    -> [(String, StageRecord)]
  {
    if let stage, !pipeline.stages.contains(where: { $0.name == stage }) {
      let suggestion = Suggestion.clause(for: stage, among: pipeline.stages.map(\.name))
      throw PipelineError(.usage, at: "--stage", "there is no stage \"\(stage)\"\(suggestion)")
    }
    guard let manifest = try Manifest.read(pipeline.workspace) else {
      throw PipelineError(
        .missingInput, at: pipeline.workspace.path, "nothing has run here yet; run it first")
    }
    return pipeline.stages.filter { stage == nil || $0.name == stage }.compactMap { entry in
      guard let record = manifest.stages[entry.name], record.status == .done else { return nil }
      return (entry.name, record)
    }
  }

  /// Metrics named `model.metric` make a table, one row a model; the others a line each.
  private static func lines(_ metrics: [(String, Double)]) -> [String] {
    let split = metrics.map { name, value -> (row: String, column: String, value: Double) in
      guard let dot = name.lastIndex(of: "."), !name.hasPrefix("compare.") else {
        return ("", name, value)
      }
      return (String(name[..<dot]), String(name[name.index(after: dot)...]), value)
    }
    var lines: [String] = []
    let models = split.map(\.row).filter { !$0.isEmpty }.uniqued()
    if !models.isEmpty {
      lines += ModelTable.lines(models: models) { model, column in
        split.first { $0.row == model && $0.column == column }?.value
      }
    }
    lines += split.filter { $0.row.isEmpty }.map { "\($0.column) \(Figure.text($0.value))" }
    return lines
  }
}

/// The table of models scored side by side.
enum ModelTable {
  static func lines(models: [String], value: (String, String) -> Double?) -> [String] {
    let percentages = ["dev_accuracy", "test_accuracy", "dev_agreement", "test_agreement"]
    let present = percentages.filter { column in models.contains { value($0, column) != nil } }
    var table = Table(
      ["model", "layers x width", "parameters", "MFLOP/token"]
        + present.map { $0.split(separator: "_").joined(separator: " ") } + ["tokens/s"])
    for model in models {
      func whole(_ column: String) -> String {
        value(model, column).map { Figure.grouped(Int($0)) } ?? "-"
      }
      let size = "\(whole("layers")) x \(whole("hidden_size"))"
      let cost = value(model, "flops_per_token").map { Figure.oneDecimal($0 / 1e6) } ?? "-"
      let shares = present.map { column in
        value(model, column).map { Figure.percent($0) } ?? "-"
      }
      table.rows.append(
        [model, size, whole("parameters"), cost] + shares + [whole("tokens_per_second")])
    }
    return table.lines
  }
}

extension Array where Element: Hashable {
  /// The elements without repetitions, in their order.
  fileprivate func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
