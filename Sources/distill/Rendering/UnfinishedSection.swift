import Files
import Pipelines
import Tracking

/// What a stage has to show that has begun and is not done: where it stands, and its numbers so far.
struct UnfinishedSection {
  /// Where it stands.
  let stage: UnfinishedStage
  /// Its numbers.
  let series: RecordedSeries

  /// The most rows of a table.
  private static let rowLimit = 20

  /// What JSON has and a table has no room for.
  private static let unshown: Set<String> = ["grad_norm", "resident_memory_mib"]

  /// `interrupted after step 12`, or who runs it, or why it failed.
  private var standing: String {
    let step = stage.step.map { stage.owner == nil ? " after step \($0)" : ", step \($0)" } ?? ""
    let more = stage.owner ?? stage.error
    return briefly(stage.state + step + (more.map { ": \($0)" } ?? ""))
  }

  /// Losses, then what was measured of held-out data; each with what of it is left out.
  private var tables: [(table: Table, note: String?)] {
    ["step", "evaluated"].compactMap { event in
      let points = series.moments.filter { $0.event == event }
      guard let last = points.last else { return nil }
      var names: [String] = []
      for (name, _) in points.flatMap(\.values)
      where !names.contains(name) && !Self.unshown.contains(name) {
        names.append(name)
      }
      // The last ones that are so far apart: a run's beginning matters least.
      let gap = (points.count + Self.rowLimit - 1) / Self.rowLimit
      let shown = points.enumerated().filter { (points.count - 1 - $0.offset) % gap == 0 }
      var table = Table([event == "step" ? "step" : "measured after"] + names)
      table.rows = shown.map(\.element).map { point in
        [point.step.map { "\($0)" } ?? "-"]
          + names.map { name in
            point.values.first { $0.name == name }.map { Figure.measure(name, $0.value) } ?? ""
          }
      }
      let note =
        gap > 1
        ? "every \(gap)th of \(points.count) records up to step \(last.step ?? 0); all with --json"
        : nil
      return (table, note)
    }
  }

  /// Lines for a terminal, without the stage's name.
  var lines: [String] {
    [standing]
      + tables.flatMap { table, note in
        [""] + table.lines(within: 80) + (note.map { [$0] } ?? [])
      }
  }

  /// The section of a document.
  var markdownLines: [String] {
    ["### \(stage.name)", "", standing, ""]
      + tables.flatMap { table, note in
        table.markdownLines + [""] + (note.map { [$0, ""] } ?? [])
      }
  }

  /// The same as a JSON document.
  var json: JSONValue {
    .object(
      JSONObject([
        ("state", .string(stage.state)), ("owner", .text(stage.owner)),
        ("step", stage.step.map { .integer($0) } ?? .null), ("error", .text(stage.error)),
        ("series", series.json),
      ]))
  }
}
