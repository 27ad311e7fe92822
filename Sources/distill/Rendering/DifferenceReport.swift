import Files
import Foundation
import Pipelines

/// What differs between two pipelines or two attempts, as lines to print.
struct DifferenceReport {
  let difference: MetricsDifference
  /// What the first side is called.
  let a: String
  /// What the second side is called.
  let b: String

  init(_ difference: MetricsDifference, a: String, b: String) {
    self.difference = difference
    self.a = a
    self.b = b
  }

  /// Lines for a terminal.
  var lines: [String] {
    ["a: \(a)", "b: \(b)"]
      + difference.stages.flatMap { stage in
        ["", Output.strong(stage.name)]
          + (Self.changes(stage) + Self.lines(stage) { $0.lines }).map { "  \($0)" }
      }
  }

  /// The lines of a document.
  var markdownLines: [String] {
    // Markdown makes one paragraph of neighbouring lines.
    ["a: \(a)", "", "b: \(b)"]
      + difference.stages.flatMap { stage in
        let metrics = Self.lines(stage) { $0.markdownLines }
        return ["", "### \(stage.name)"] + Self.changes(stage).map { "- \($0)" }
          + (metrics.isEmpty ? [] : [""] + metrics)
      }
  }

  /// A row for each metric, with every digit.
  var csvLines: [String] {
    let rows = difference.stages.flatMap { stage in
      stage.rows.map { row in
        [stage.name, row.name]
          + [row.a, row.b, row.difference, row.relativeChange].map { $0.map { "\($0)" } ?? "" }
      }
    }
    return CSV.lines([["stage", "metric", "a", "b", "difference", "relative_change"]] + rows)
  }

  private static func changes(_ stage: MetricsDifference.Stage) -> [String] {
    (stage.side.map { ["only in \($0)"] } ?? []) + stage.changes
  }

  private static func lines(
    _ stage: MetricsDifference.Stage, _ render: (Table) -> [String]
  ) -> [String] {
    var table = Table(["metric", "a", "b", "b - a", "relative"])
    table.rows = stage.rows.map { row in
      [
        row.name, text(row.a, of: row.name), text(row.b, of: row.name),
        difference(row.difference, of: row.name),
        row.relativeChange.map { String(format: "%+.1f %%", $0 * 100) } ?? "",
      ]
    }
    return stage.rows.isEmpty ? [] : render(table)
  }

  /// A number; empty where there is none.
  private static func text(_ value: Double?, of name: String) -> String {
    value.map { $0.isFinite ? Figure.measure(name, $0) : "\($0)" } ?? ""
  }

  /// A difference with its sign, in points where the numbers are shares.
  private static func difference(_ value: Double?, of name: String) -> String {
    guard let value else { return "" }
    guard value.isFinite else { return "\(value)" }
    return Figure.isShare(name)
      ? Figure.points(value) : (value > 0 ? "+" : "") + Figure.text(value)
  }
}
