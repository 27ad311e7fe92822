public import Files

/// How the metrics of `b` differ from those of `a`, stage by stage, and what differs in what made
/// them.
public struct MetricsDifference: Sendable {
  /// A metric on both sides.
  public struct Row: Sendable {
    /// Its name.
    public let name: String
    /// Its value in `a`, nil when it is not there.
    public let a: Double?
    /// Its value in `b`, nil when it is not there.
    public let b: Double?

    /// `b - a`, nil unless both are there.
    public var difference: Double? {
      guard let a, let b else { return nil }
      return b - a
    }

    /// `(b - a) / |a|`, nil where that is no finite number.
    public var relativeChange: Double? {
      guard let a, let difference, a != 0, (difference / abs(a)).isFinite else { return nil }
      return difference / abs(a)
    }
  }

  /// A stage of either side.
  public struct Stage: Sendable {
    /// Its name.
    public let name: String
    /// The side that alone has it, `a` or `b`; nil when both have.
    public let side: String?
    /// What else is different, such as `temperature 1 -> 2` and `input dataset differs`; empty where
    /// a record does not say what made it.
    public let changes: [String]
    /// Its metrics: those of `a`, then those that `b` alone has.
    public let rows: [Row]
  }

  /// The stages: those of `a`, then those that `b` alone has.
  public let stages: [Stage]

  /// Compares `b` with `a`.
  public init(from a: RecordedMetrics, to b: RecordedMetrics) {
    let names = (a.stages.map(\.name) + b.stages.map(\.name)).uniqued()
    let (old, new) = (
      Dictionary(a.stages.map { ($0.name, $0) }) { first, _ in first },
      Dictionary(b.stages.map { ($0.name, $0) }) { first, _ in first }
    )
    stages = names.map { name in
      let (before, after) = (old[name], new[name])
      return Stage(
        name: name, side: after == nil ? "a" : before == nil ? "b" : nil,
        changes: Self.changes(before?.fingerprint, after?.fingerprint),
        rows: Self.rows(before?.metrics ?? [], after?.metrics ?? []))
    }
  }

  /// Compares the attempt `b` with `a`, with what differs in what made them.
  public init(from a: Attempt, to b: Attempt) {
    func named(_ things: [Attempt.Thing]) -> [String: [String]] {
      Dictionary(grouping: things, by: \.port).mapValues { $0.map(\.content) }
    }
    func facts(_ attempt: Attempt) -> [(AttemptField, String)] {
      let names = attempt.fields.filter { [.options, .environment].contains($0.group) }
      return names.compactMap { field in attempt[field].map { (field, $0.text) } }
    }
    var changes = a.kind == b.kind ? [] : ["kind \(a.kind) -> \(b.kind)"]
    if a.seed != b.seed { changes.append("seed \(a.seed ?? "?") -> \(b.seed ?? "?")") }
    let (before, after) = (
      Dictionary(facts(a)) { first, _ in first }, Dictionary(facts(b)) { first, _ in first }
    )
    let fields = (facts(a).map(\.0) + facts(b).map(\.0)).uniqued()
    for field in fields where before[field] != after[field] {
      let name = field.group == .options ? field.name : "environment \(field.name)"
      changes.append("\(name) \(before[field] ?? "none") -> \(after[field] ?? "none")")
    }
    let (read, reads) = (named(a.inputs), named(b.inputs))
    for port in Set(read.keys).union(reads.keys).sorted() where read[port] != reads[port] {
      changes.append("input \(port) differs")
    }
    let name = a.stage == b.stage ? a.stage : "\(a.stage) -> \(b.stage)"
    stages = [
      Stage(
        name: name, side: nil, changes: changes.map { printable($0) },
        rows: Self.rows(
          a.metrics.map { ($0.name, $0.value) }, b.metrics.map { ($0.name, $0.value) }))
    ]
  }

  private static func rows(_ a: [(String, Double)], _ b: [(String, Double)]) -> [Row] {
    let (old, new) = (
      Dictionary(a) { first, _ in first }, Dictionary(b) { first, _ in first }
    )
    return (a.map(\.0) + b.map(\.0)).uniqued().map { name in
      Row(name: name, a: old[name], b: new[name])
    }
  }

  private static func changes(_ a: Fingerprint?, _ b: Fingerprint?) -> [String] {
    guard let a, let b else { return [] }
    return b.differences(from: a) + b.changedPorts(from: a).map { "input \($0) differs" }
  }

  /// The comparison as a JSON document; what is not finite is a text, what is not there null.
  public var json: JSONValue {
    func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    let stages = stages.map { stage in
      JSONValue.object(
        JSONObject([
          ("stage", .string(stage.name)), ("only_in", .text(stage.side)),
          ("changes", .array(stage.changes.map { .string($0) })),
          (
            "metrics",
            .array(
              stage.rows.map { row in
                .object(
                  JSONObject([
                    ("name", .string(row.name)), ("a", number(row.a)), ("b", number(row.b)),
                    ("difference", number(row.difference)),
                    ("relative_change", number(row.relativeChange)),
                  ]))
              })
          ),
        ]))
    }
    return .object(JSONObject([("stages", .array(stages))]))
  }
}
