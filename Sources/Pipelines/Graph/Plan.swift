public import Files

/// Why a stage has to run.
public enum PlanReason: Sendable, Equatable, CustomStringConvertible {
  /// It was asked for.
  case forced
  /// There is no record of it.
  case neverRun
  /// It was stopped, after a step when known.
  case interrupted(step: Int?)
  /// It failed.
  case failedBefore(String)
  /// Options, seed or revision are others: `temperature 1 -> 2`.
  case changed([String])
  /// It begins anew: what it had come to, after a step when known, is set aside.
  case setsAside(step: Int?)
  /// It goes on from what was set aside, after a step when known.
  case takesUp(step: Int?)
  /// The change asks for another number of steps, which takes all of them anew: how to train further
  /// instead.
  case trainsAnew(instead: String)
  /// An input has another content.
  case inputChanged(port: String, names: [String])
  /// A source is not there; a run would end with an error.
  case inputMissing(name: String)
  /// An output is not there.
  case outputMissing(name: String)
  /// An output is not what the stage wrote.
  case outputDamaged(name: String)
  /// An output holds what another stage has written.
  case outputReplaced(name: String, by: String)
  /// Stages it reads from will run; it will not if they write what they wrote before.
  case upstream([String])

  /// An earlier attempt has made the same.
  case kept(attempt: String)

  /// Whether what an unfinished stage has come to is of no use any more.
  var givesUpProgress: Bool {
    switch self {
    case .forced, .changed, .inputChanged, .setsAside: true
    case .neverRun, .interrupted, .failedBefore, .takesUp, .trainsAnew, .inputMissing,
      .outputMissing, .outputDamaged, .outputReplaced, .upstream, .kept:
      false
    }
  }

  /// Whether it says how a training goes about its steps.
  var isAboutSteps: Bool {
    switch self {
    case .trainsAnew, .takesUp, .setsAside: true
    default: false
    }
  }

  /// The reason in a few words.
  public var description: String {
    switch self {
    case .forced: "forced"
    case .neverRun: "never run"
    case .interrupted(let step): step.map { "interrupted after step \($0)" } ?? "interrupted"
    case .failedBefore(let message): "failed before: \(Self.brief(message))"
    case .changed(let differences): differences.joined(separator: ", ")
    case .setsAside(let step):
      "begins anew, " + (step.map { "the \($0) steps done are" } ?? "what was done is")
        + " set aside until it is done: undo the change to go on from there"
    case .takesUp(let step):
      "goes on from what was set aside" + (step.map { ", after step \($0)" } ?? "")
    case .trainsAnew(let cure): "all its steps are taken anew: \(cure)"
    case .inputChanged(let port, let names):
      "input \(port) changed" + Self.inBrackets(names.filter { !Pipeline.isOwnName($0) })
    case .inputMissing(let name): "source \(name) is missing"
    case .outputMissing(let name): "output \(name) is missing"
    case .outputDamaged(let name): "output \(name) is damaged"
    case .outputReplaced(let name, let stage):
      "output \(name) holds what stage \(stage) has written"
    case .kept(let attempt): "taken from what attempt \(attempt.prefix(8)) made"
    case .upstream(let stages): "after \(stages.joined(separator: ", "))"
    }
  }
}

extension PlanReason {
  /// What was wrong, without the cure; the record has all of it.
  private static func brief(_ message: String) -> String {
    let fault = String(message.prefix { $0 != ";" })
    let words = fault.prefix(80)
    guard words.endIndex < fault.endIndex else { return fault }
    return String(words[..<(words.lastIndex(of: " ") ?? words.endIndex)]) + " ..."
  }

  private static func inBrackets(_ names: [String]) -> String {
    names.isEmpty ? "" : " (\(names.joined(separator: ", ")))"
  }
}

/// What will happen with a stage.
public enum PlanAction: String, Sendable {
  /// It is current.
  case skip
  /// It will run.
  case run
  /// What an earlier attempt made is taken.
  case restore
  /// It will run if a stage before it writes something new.
  case mayRun = "may_run"
  /// Only stages that are frozen would read what it makes.
  case notNeeded = "not_needed"
}

/// A stage in a plan.
public struct PlanStep: Sendable, Equatable {
  /// Stage.
  public let stage: String
  /// Kind of stage.
  public let kind: String
  /// What will happen.
  public let action: PlanAction
  /// Why; empty for a stage that is skipped.
  public let reasons: [PlanReason]
  /// What a preset of its options has set, each as `name value`.
  public internal(set) var presetSettings: [String] = []
  /// What it will cost; nil where it does not run, or nothing is known.
  public internal(set) var cost: StageCost?

  /// Whether nothing would be done for it.
  public var isCurrent: Bool { action == .skip || action == .notNeeded }

  /// All reasons in one line.
  public var reason: String { reasons.map(\.description).joined(separator: "; ") }

  init(stage: PipelineStage, reasons: [PlanReason], isNeeded: Bool = true) {
    self.init(
      stage: stage.name, kind: stage.kind.kind, reasons: reasons, isNeeded: isNeeded)
    presetSettings = stage.options.presetSettings
  }

  init(stage: String, kind: String, reasons: [PlanReason], isNeeded: Bool = true) {
    self.stage = stage
    self.kind = kind
    self.reasons = isNeeded ? reasons : []
    let isKept = reasons.contains { if case .kept = $0 { true } else { false } }
    let isOpen = reasons.allSatisfy { if case .upstream = $0 { true } else { false } }
    action =
      !isNeeded ? .notNeeded : reasons.isEmpty ? .skip : isKept ? .restore : isOpen ? .mayRun : .run
  }
}

/// What a run would do, in order.
public struct Plan: Sendable, Equatable {
  /// Name of the pipeline.
  public let pipeline: String
  /// Folder it works in.
  public let workspace: String
  /// The selected stages in the order they run.
  public internal(set) var steps: [PlanStep]
  /// What all that runs costs together; nil where it was not reckoned.
  public internal(set) var cost: PlanCost?

  /// Whether nothing would run.
  public var isCurrent: Bool { steps.allSatisfy(\.isCurrent) }

  /// The plan as a JSON document.
  public var json: JSONValue {
    .object(
      JSONObject([
        ("pipeline", .string(pipeline)), ("workspace", .string(workspace)),
        ("current", .boolean(isCurrent)),
        (
          "stages",
          .array(
            steps.map { step in
              .object(
                JSONObject(
                  [
                    ("stage", .string(step.stage)), ("kind", .string(step.kind)),
                    ("action", .string(step.action.rawValue)),
                    ("reasons", .array(step.reasons.map { .string($0.description) })),
                    ("cost", step.cost?.json ?? .null),
                  ]
                    + (step.presetSettings.isEmpty
                      ? []
                      : [("preset", .array(step.presetSettings.map { .string($0) }))])))
            })
        ), ("cost", cost?.json ?? .null),
      ]))
  }
}
