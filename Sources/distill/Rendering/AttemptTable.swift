import Files
import Pipelines

/// Attempts, a row each.
struct AttemptTable {
  private let attempts: [Attempt]
  private let all: [Attempt]
  private let shown: [AttemptField]

  /// A table of `attempts`, which are some of `all`, with the fields that were asked about.
  init(_ attempts: [Attempt], among all: [Attempt], showing fields: [AttemptField]) {
    self.attempts = attempts
    self.all = all
    var seen: Set<AttemptField> = []
    let standard = Set(
      ["id", "stage", "status", "started", "seconds"].map { AttemptField(.fact, $0) })
    shown = fields.filter { !standard.contains($0) && seen.insert($0).inserted }
  }

  /// The lines to print.
  ///
  /// - Throws: `FileError` where JSON cannot be written.
  func lines(_ format: AttemptFormat) throws -> [String] {
    switch format {
    case .text:
      if attempts.isEmpty { return ["no attempt fits"] }
      return table.lines(wrapping: Output.width)
    case .markdown: return table.markdownLines
    case .csv: return csvLines
    case .json:
      let document = JSONValue.object(
        JSONObject([
          ("schema", .string("distill.attempts/1")), ("attempts", .array(attempts.map(\.json))),
        ]))
      return [try document.indented()]
    }
  }

  private var table: Table {
    let places = Set(all.map(\.workspace))
    let isApart = places.count > 1
    var table = Table(
      ["attempt", "stage", "status", "began", "took"] + (isApart ? ["workspace"] : [])
        + shown.map(\.description) + ["changed since the one before"], isLeftAligned: true)
    table.rows = attempts.map { attempt in
      [
        Self.isOnServer(attempt) ? attempt.id : attempt.shortID, attempt.stage,
        attempt.status + (attempt.isCurrent ? "" : ", followed"),
        attempt.started, attempt.seconds.map(Figure.duration) ?? "",
      ] + (isApart ? [attempt.workspace] : []) + shown.map { Self.text(attempt[$0], of: $0.name) }
        + [changes(of: attempt)]
    }
    return table
  }

  /// Whether it is remembered by a server, which takes a whole identity alone (mlflow:runs/ID/model).
  private static func isOnServer(_ attempt: Attempt) -> Bool {
    ["http://", "https://"].contains(where: attempt.workspace.hasPrefix)
  }

  /// A value as people read it.
  ///
  /// - Parameters:
  ///   - value: The value.
  ///   - name: Of what.
  /// - Returns: Its text; empty where there is none.
  static func text(_ value: AttemptValue?, of name: String) -> String {
    switch value {
    case .number(let value): value.isFinite ? Figure.measure(name, value) : "\(value)"
    case .text(let text): text
    case nil: ""
    }
  }

  /// What is different from the attempt before it at the same stage.
  private func changes(of attempt: Attempt) -> String {
    let siblings = all.filter { $0.stage == attempt.stage && $0.workspace == attempt.workspace }
    guard let place = siblings.firstIndex(where: { $0.id == attempt.id }), place > 0 else {
      return ""
    }
    let changes = MetricsDifference(from: siblings[place - 1], to: attempt).stages.flatMap(
      \.changes)
    return briefly(changes.joined(separator: ", "), limit: 120)
  }

  /// Every field of every attempt, with every digit.
  private var csvLines: [String] {
    var seen: Set<AttemptField> = []
    let fields =
      AttemptField.facts.map { AttemptField(.fact, $0) }
      + attempts.flatMap(\.fields).filter { seen.insert($0).inserted }
    return CSV.lines(
      [fields.map(\.description)]
        + attempts.map { attempt in fields.map { attempt[$0]?.text ?? "" } })
  }
}
