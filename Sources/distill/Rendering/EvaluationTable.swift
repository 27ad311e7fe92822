import Stages

/// What `evaluate` found, as it prints it: a table a split, a row a model, with every figure.
enum EvaluationTable {
  /// The lines, a blank one between tables.
  ///
  /// - Parameter metrics: The stage's metrics, named `model.split_metric` or `model.size`.
  /// - Returns: The lines.
  static func lines(of metrics: [(String, Double)]) -> [String] {
    var figures: [String: [String: Double]] = [:]
    var models: [String] = []
    var columns: [String] = []
    for (name, value) in metrics {
      guard let dot = name.lastIndex(of: ".") else { continue }
      let (model, column) = (String(name[..<dot]), String(name[name.index(after: dot)...]))
      if model == "compare" { continue }
      if figures[model] == nil { models.append(model) }
      figures[model, default: [:]][column] = value
      if !columns.contains(column) { columns.append(column) }
    }
    var lines: [String] = []
    for split in ["train", "dev", "test"] {
      let own = columns.filter { $0.hasPrefix(split + "_") }
      guard !own.isEmpty else { continue }
      var table = Table(
        ["\(split): model", "parameters"] + own.map { title($0.dropFirst(split.count + 1)) }
          + ["tokens/s"])
      for model in models {
        let value = { (column: String) in figures[model]?[column] }
        let whole = { (column: String) in
          value(column).flatMap(Int.init(exactly:)).map(Figure.grouped) ?? "-"
        }
        table.rows.append(
          [model, whole("parameters")]
            + own.map { column in
              value(column).map { text($0, column.dropFirst(split.count + 1)) } ?? "-"
            } + [whole("tokens_per_second")])
      }
      lines += (lines.isEmpty ? [] : [""]) + table.lines
    }
    return lines
  }

  /// `accuracy_difference` as `accuracy to teacher`.
  private static func title(_ column: Substring) -> String {
    String(column).replacing("_difference", with: " to teacher").replacing("_", with: " ")
  }

  private static func text(_ value: Double, _ column: Substring) -> String {
    let isDifference = column.hasSuffix("_difference")
    let name = isDifference ? column.dropLast("_difference".count) : column
    guard EvaluateStage.shares.contains(String(name)) else { return Figure.text(value) }
    return isDifference ? Figure.points(value) : Figure.percent(value)
  }
}
