import Files
import Pipelines
import Tracking

/// All that is remembered of one attempt.
struct AttemptSheet {
  private let attempt: Attempt
  private let series: RecordedSeries

  init(_ attempt: Attempt, _ series: RecordedSeries) {
    self.attempt = attempt
    self.series = series
  }

  /// The lines to print.
  ///
  /// - Throws: `FileError` where JSON cannot be written.
  func lines(_ format: AttemptFormat) throws -> [String] {
    switch format {
    case .text:
      return tables.flatMap { title, table in
        table.rows.isEmpty ? [] : [Output.strong(title)] + table.lines.dropFirst().map { "  \($0)" }
      }
    case .markdown:
      return tables.flatMap { title, table in
        table.rows.isEmpty ? [] : ["### \(title)", ""] + table.markdownLines + [""]
      }
    case .csv:
      let fields = AttemptField.facts.map { AttemptField(.fact, $0) } + attempt.fields
      return CSV.lines(
        [["field", "value"]] + fields.map { [$0.description, attempt[$0]?.text ?? ""] })
    case .json:
      let document = JSONValue.object(
        JSONObject([("schema", .string("distill.attempt/1")), ("attempt", attempt.json)]))
      return [try document.indented()]
    }
  }

  private var tables: [(title: String, table: Table)] {
    func table(_ header: [String], _ rows: [[String]]) -> Table {
      var table = Table(header, isLeftAligned: true)
      table.rows = rows
      return table
    }
    let facts = AttemptField.facts.compactMap { name in
      attempt[AttemptField(.fact, name)].map { [name, AttemptTable.text($0, of: name)] }
    }
    func fields(_ group: AttemptField.Group) -> [[String]] {
      attempt.fields.filter { $0.group == group }
        .map { [$0.name, AttemptTable.text(attempt[$0], of: $0.name)] }
    }
    func things(_ things: [Attempt.Thing]) -> [[String]] {
      things.map { [$0.port, String($0.content.prefix(8)), $0.path] }
    }
    let courses = series.all.map { course in
      [
        course.name, course.event, "\(course.points.count)",
        Figure.measure(course.name, course.points.first?.value ?? .nan),
        Figure.measure(course.name, course.points.last?.value ?? .nan),
      ]
    }
    return [
      ("\(attempt.stage), attempt \(attempt.shortID)", table(["fact", "value"], facts)),
      ("options", table(["option", "value"], fields(.options))),
      ("inputs", table(["port", "content", "path"], things(attempt.inputs))),
      ("metrics", table(["metric", "value"], fields(.metrics))),
      ("series", table(["name", "event", "points", "first", "last"], courses)),
      ("outputs", table(["port", "content", "path"], things(attempt.outputs))),
      ("environment", table(["fact", "value"], fields(.environment))),
      ("notes", table(["note"], attempt.notes.map { [$0] })),
    ]
  }
}

/// The losses and scores of an attempt over its course, a row each.
struct SeriesTable {
  private let attempt: Attempt
  private let series: RecordedSeries

  init(_ attempt: Attempt, _ series: RecordedSeries) {
    self.attempt = attempt
    self.series = series
  }

  private static let header = ["event", "name", "step", "time", "value"]

  /// The lines to print.
  ///
  /// - Throws: `FileError` where JSON cannot be written.
  func lines(_ format: AttemptFormat) throws -> [String] {
    switch format {
    case .csv: return CSV.lines([Self.header] + rows { "\($1)" })
    case .json: return [try json.indented()]
    case .text, .markdown:
      var table = Table(Self.header, isLeftAligned: true)
      table.rows = rows(Figure.measure)
      return format == .text ? table.lines : table.markdownLines
    }
  }

  private func rows(_ number: (String, Double) -> String) -> [[String]] {
    series.all.flatMap { course in
      course.points.map { point in
        [
          course.event, course.name, point.step.map { "\($0)" } ?? "", "\(point.time)",
          number(course.name, point.value),
        ]
      }
    }
  }

  private var json: JSONValue {
    let courses = series.all.map { course in
      JSONValue.object(
        JSONObject([
          ("event", .string(course.event)), ("name", .string(course.name)),
          ("steps", .array(course.points.map { $0.step.map { .integer($0) } ?? .null })),
          ("times", .array(course.points.map { .integer($0.time) })),
          ("values", .array(course.points.map { .number($0.value) })),
        ]))
    }
    return .object(
      JSONObject([
        ("schema", .string("distill.series/1")), ("attempt", .string(attempt.id)),
        ("series", .array(courses)),
      ]))
  }
}
