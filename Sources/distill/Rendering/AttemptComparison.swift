import Files
import Pipelines

/// Attempts side by side, a column each: what differs in what made them, and in their metrics.
struct AttemptComparison {
  private let attempts: [Attempt]
  private let showsAll: Bool
  private let isByStage: Bool
  /// Letters of a value in text: one that is longer would make its column wider than any terminal.
  private static let longestValue = 24

  /// A comparison, in the order given.
  ///
  /// - Parameters:
  ///   - attempts: The attempts.
  ///   - showsAll: Show what is the same in all of them too.
  ///   - isByStage: Where they are for people, compare the attempts at each stage with one another alone:
  ///     of different stages nearly everything differs.
  init(_ attempts: [Attempt], showsAll: Bool = false, isByStage: Bool = false) {
    self.attempts = attempts
    self.showsAll = showsAll
    self.isByStage = isByStage
  }

  /// The lines to print.
  ///
  /// - Parameters:
  ///   - format: CSV and JSON have every metric, and rows of all attempts in one.
  ///   - width: Letters of a line of text.
  /// - Returns: The lines.
  /// - Throws: `FileError` where JSON cannot be written.
  func lines(_ format: AttemptFormat, within width: Int = 100) throws -> [String] {
    switch format {
    case .text:
      guard !attempts.isEmpty else { return ["no attempt fits"] }
      return sections(
        within: width, title: { [Output.strong($0)] },
        render: { $0.shortened(to: Self.longestValue).lines(within: width) })
    case .markdown: return sections(title: { ["### \($0)", ""] }, render: { $0.markdownLines })
    case .csv:
      return CSV.lines(
        [["field"] + attempts.map(\.id)]
          + documentRows.map { field in
            [field.description] + attempts.map { $0[field]?.text ?? "" }
          })
    case .json: return [try json.indented()]
    }
  }

  /// The attempts that are compared with one another.
  private var groups: [AttemptComparison] {
    guard isByStage else { return [self] }
    return attempts.map(\.stage).uniqued().map { stage in
      AttemptComparison(attempts.filter { $0.stage == stage }, showsAll: showsAll)
    }
  }

  /// The stage of the first.
  private var stage: String { attempts.first?.stage ?? "" }

  /// A table for each group, and what is not shown.
  private func sections(
    within width: Int? = nil, title: (String) -> [String], render: (Table) -> [String]
  ) -> [String] {
    let groups = groups
    let shown = groups.filter { showsAll || $0.attempts.count > 1 }
    var blocks = shown.filter { !$0.rows.isEmpty }.map { group in
      (groups.count > 1 ? title(printable(group.stage)) : []) + render(group.table)
    }
    let alone = showsAll ? [] : groups.filter { $0.attempts.count == 1 }.map(\.stage)
    let leftOut = shown.reduce(0) { $0 + $1.fields.count - $1.rows.count }
    let unseen =
      (leftOut == 0 ? [] : ["\(leftOut) \(leftOut == 1 ? "row" : "rows") of equal values"])
      + (alone.isEmpty
        ? [] : ["the only attempts at \(alone.map { printable($0) }.joined(separator: ", "))"])
    if !unseen.isEmpty {
      let line = "left out: \(unseen.joined(separator: ", and ")); --all shows all"
      blocks.append(line.wrapped(to: width, indent: 2))
    }
    return Array(blocks.joined(separator: [""]))
  }

  /// What there is to compare.
  private var fields: [AttemptField] {
    var seen: Set<AttemptField> = []
    let facts = ["stage", "status", "started", "seconds", "seed", "workspace"].map {
      AttemptField(.fact, $0)
    }
    let fields =
      facts.filter { fact in attempts.contains { $0[fact] != nil } }
      + attempts.flatMap(\.fields).filter { seen.insert($0).inserted }
    let order: [AttemptField.Group] = [.fact, .options, .inputs, .environment, .metrics]
    return order.flatMap { group in fields.filter { $0.group == group } }
  }

  /// What is not the same in all of them, or everything.
  private var rows: [AttemptField] { showsAll ? fields : fields.filter(differs) }

  /// The rows of a document: every metric too.
  private var documentRows: [AttemptField] {
    showsAll ? fields : fields.filter { $0.group == .metrics || differs($0) }
  }

  private func differs(_ field: AttemptField) -> Bool {
    // A score that was not taken is no number, and none of those is equal to itself.
    let said = attempts.map { $0[field].map { "\($0)" } }
    return said.contains { $0 != said.first }
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
    let fields = documentRows.map { field in
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
