internal import Files

/// What the work of a stage costs, as far as it can be reckoned before any work; what is not known is nil,
/// and a remark says why.
public struct StageCost: Sendable, Equatable {
  /// Numbers that are trained.
  public var trainedParameters: Int?
  /// Numbers of the model that teaches, or of the models that are run.
  public var teacherParameters: Int?
  /// Optimiser steps.
  public var steps: Int?
  /// Tokens that the trained model, or else those that are run, are given over the whole stage.
  public var tokens: Double?
  /// Floating-point operations of all products.
  public var flops: Double?
  /// Seconds on this machine.
  public var seconds: Double?
  /// Whether the seconds are those that the stage took before, for the steps that it has now.
  public var isMeasured = false
  /// The most memory at a time, the program's own included, in bytes.
  public var memory: Int?
  /// Bytes that stay on the disk.
  public var disk: Int?
  /// Bytes that are on the disk beside those while it works.
  public var scratch: Int?
  /// Whether amounts were reckoned from a part of a file, or from what other stages may make.
  public var isAbout = false
  /// What is not known and why, a line each.
  public var remarks: [String] = []

  /// A cost of which nothing is known.
  public init() {}

  /// A cost of which nothing is known, and why.
  public init(unknown remark: String) { remarks = [remark] }

  /// The members of a JSON object.
  var json: JSONValue {
    let integer = { (value: Int?) in value.map { JSONValue.integer($0) } ?? .null }
    let real = { (value: Double?) in value.map { JSONValue.number($0.rounded()) } ?? .null }
    return .object(
      JSONObject([
        ("trained_parameters", integer(trainedParameters)),
        ("teacher_parameters", integer(teacherParameters)), ("steps", integer(steps)),
        ("tokens", real(tokens)), ("flops", real(flops)),
        ("seconds", seconds.map { .number($0) } ?? .null), ("measured", .boolean(isMeasured)),
        ("memory_bytes", integer(memory)), ("disk_bytes", integer(disk)),
        ("scratch_bytes", integer(scratch)), ("about", .boolean(isAbout)),
        ("remarks", .array(remarks.map { .string($0) })),
      ]))
  }
}

/// What a plan costs as a whole, and what there is for it.
public struct PlanCost: Sendable, Equatable {
  /// Seconds of all stages whose time is known.
  public let seconds: Double
  /// The most that any of them needs at a time.
  public let memory: Int?
  /// What all of them leave on the disk, and the most beside it while one of them works.
  public let disk: Int
  /// Floating-point operations.
  public let flops: Double
  /// Stages of which something is not known.
  public let incomplete: [String]
  /// Those among them whose time is not.
  public let untimed: [String]
  /// Bytes free on the disk of the workspace; nil where the system does not say.
  public let freeDisk: Int?
  /// Bytes that a process may still take; nil where nobody says.
  public let freeMemory: Int?

  init(_ costs: [(stage: String, cost: StageCost)], freeDisk: Int?, freeMemory: Int?) {
    seconds = costs.reduce(0) { $0 + ($1.cost.seconds ?? 0) }
    flops = costs.reduce(0) { $0 + ($1.cost.flops ?? 0) }
    memory = costs.compactMap(\.cost.memory).max()
    // What the stages before have made is there when one needs room of its own.
    var (kept, most) = (0, 0)
    for (_, cost) in costs {
      let own = cost.disk ?? 0
      most = max(most, kept.addingClamped(own).addingClamped(cost.scratch ?? 0))
      kept = kept.addingClamped(own)
    }
    disk = max(kept, most)
    incomplete = costs.filter { $0.cost.seconds == nil || $0.cost.disk == nil }.map(\.stage)
    untimed = costs.filter { $0.cost.seconds == nil }.map(\.stage)
    self.freeDisk = freeDisk
    self.freeMemory = freeMemory
  }

  /// Why it will not go well, a line each.
  public var warnings: [String] {
    var warnings: [String] = []
    if let freeDisk, disk > freeDisk {
      warnings.append(
        "the disk: about \(Self.size(disk)) are needed, \(Self.size(freeDisk)) are free; make room, or "
          + "work elsewhere (workspace: in the file)")
    }
    if let memory, let freeMemory, memory > freeMemory {
      warnings.append(
        "memory: about \(Self.size(memory)) are needed, \(Self.size(freeMemory)) are free; take a "
          + "smaller max_tokens, or a machine with more")
    }
    return warnings
  }

  private static func size(_ bytes: Int) -> String {
    bytes < 10_000_000_000 ? "\(bytes / 1_000_000) MB" : "\(bytes / 1_000_000_000) GB"
  }

  /// The cost as a JSON object.
  var json: JSONValue {
    .object(
      JSONObject([
        ("seconds", .number(seconds)), ("flops", .number(flops.rounded())),
        ("memory_bytes", memory.map { .integer($0) } ?? .null), ("disk_bytes", .integer(disk)),
        ("free_disk_bytes", freeDisk.map { .integer($0) } ?? .null),
        ("free_memory_bytes", freeMemory.map { .integer($0) } ?? .null),
        ("incomplete", .array(incomplete.map { .string($0) })),
        ("warnings", .array(warnings.map { .string($0) })),
      ]))
  }
}

extension Int {
  /// The sum, or the largest number where that is larger.
  fileprivate func addingClamped(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
