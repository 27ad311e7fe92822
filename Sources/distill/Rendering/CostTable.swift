import Artifacts
import Pipelines

/// What a plan costs, for people.
struct CostTable {
  private let plan: Plan

  init(_ plan: Plan) { self.plan = plan }

  /// The lines to print; none where nothing was reckoned.
  var lines: [String] {
    guard let total = plan.cost else { return [] }
    let costs = plan.steps.compactMap { step in step.cost.map { (step.stage, $0) } }
    var table = Table(["cost of", "trained", "teacher", "TFLOP", "memory", "disk", "time"])
    table.rows = costs.map { stage, cost in row(stage, cost) }
    let time =
      total.untimed.isEmpty
      ? Figure.duration(total.seconds) : "more than \(Figure.duration(total.seconds))"
    var lines = [""] + table.lines(within: 80)
    lines.append("")
    lines.append(
      "together: \(time), at most \(total.memory.map(\.byteSize) ?? "?") of memory"
        + (total.freeMemory.map { " (\($0.byteSize) free)" } ?? ""))
    lines.append(
      "up to \(total.disk.byteSize) on the disk with checkpoints"
        + (total.freeDisk.map { " (\($0.byteSize) free)" } ?? ""))
    let isMeasured = costs.contains { $0.1.isMeasured }
    lines.append(
      "times are reckoned from the speed of this machine, measured for a moment"
        + (isMeasured ? ";\n* from the speed that the stage had before" : ""))
    if costs.contains(where: { $0.1.isAbout }) {
      lines.append("~ reckoned from a part of the data, or from what other stages may make")
    }
    for (stage, cost) in costs {
      lines += cost.remarks.flatMap { "\(stage): \($0)".wrapped(to: Output.width, indent: 2) }
    }
    return lines
  }

  private func row(_ stage: String, _ cost: StageCost) -> [String] {
    let about = cost.isAbout ? "~" : ""
    let count = { (value: Int?) in value.map(Self.count) ?? "-" }
    let size = { (bytes: Int?) in bytes.map(Self.size) ?? "?" }
    return [
      stage, count(cost.trainedParameters), count(cost.teacherParameters),
      cost.flops.map { $0 == 0 ? "-" : Self.tera($0) } ?? "?", size(cost.memory),
      size(cost.disk),
      cost.seconds.map { about + Figure.duration($0) + (cost.isMeasured ? "*" : "") } ?? "?",
    ]
  }

  /// `14350248` as `14.4 M`.
  private static func count(_ value: Int) -> String {
    switch value {
    case ..<10_000: "\(value)"
    case ..<1_000_000: Figure.oneDecimal(Double(value) / 1e3) + " k"
    case ..<1_000_000_000: Figure.oneDecimal(Double(value) / 1e6) + " M"
    default: Figure.oneDecimal(Double(value) / 1e9) + " G"
    }
  }

  /// Bytes by their first three digits at least.
  private static func size(_ bytes: Int) -> String {
    switch bytes {
    case 100_000..<1_000_000: "\(bytes / 1_000) kB"
    case 100_000_000..<1_000_000_000: "\(bytes / 1_000_000) MB"
    default: bytes.byteSize
    }
  }

  /// Operations in millions of millions.
  private static func tera(_ flops: Double) -> String {
    let tera = flops / 1e12
    return tera < 0.1 ? Figure.text(tera) : Figure.oneDecimal(tera)
  }
}
