import Files
import Pipelines

/// Attempts side by side, a column each: what differs in what made them, and their metrics.
struct AttemptComparison {
  private let attempts: [Attempt]

  /// A comparison, in the order given.
  init(_ attempts: [Attempt]) { self.attempts = attempts }

  /// The lines to print.
  ///
  /// - Throws: `FileError` where JSON cannot be written.
  func lines(_ format: AttemptFormat) throws -> [String] {
    switch format {
    case .text: attempts.isEmpty ? ["no attempt fits"] : table.lines(within: 100)
    case .markdown: table.markdownLines
    case .csv:
      CSV.lines(
        [["field"] + attempts.map(\.id)]
          + rows.map { field in [field.description] + attempts.map { $0[field]?.text ?? "" } })
    case .json: [try json.indented()]
    }
  }

  /// What is not the same in all of them, and every metric.
  private var rows: [AttemptField] {
    var seen: Set<AttemptField> = []
    let facts = ["stage", "status", "started", "seconds", "seed", "workspace"].map {
      AttemptField(.fact, $0)
    }
    let fields = facts + attempts.flatMap(\.fields).filter { seen.insert($0).inserted }
    let order: [AttemptField.Group] = [.fact, .options, .inputs, .environment, .metrics]
    return order.flatMap { group in
      fields.filter { field in
        field.group == group && (group == .metrics || differs(field))
      }
    }
  }

  private func differs(_ field: AttemptField) -> Bool {
    attempts.contains { $0[field] != attempts.first?[field] }
  }

  private var table: Table {
    var table = Table(["field"] + attempts.map(\.shortID))
    table.rows = rows.map { field in
      [field.description]
        + attempts.map { attempt in
          let text = AttemptTable.text(attempt[field], of: field.name)
          return [.inputs, .outputs].contains(field.group) ? String(text.prefix(8)) : text
        }
    }
    return table
  }

  private var json: JSONValue {
    let fields = rows.map { field in
      JSONValue.object(
        JSONObject([
          ("field", .string(field.description)),
          (
            "values",
            .array(
              attempts.map { attempt in
                switch attempt[field] {
                case .number(let value): .number(value)
                case .text(let text): .string(text)
                case nil: .null
                }
              })
          ),
        ]))
    }
    return .object(
      JSONObject([
        ("schema", .string("distill.comparison/1")),
        ("attempts", .array(attempts.map { .string($0.id) })), ("fields", .array(fields)),
      ]))
  }
}
