import ArgumentParser
import Pipelines
import Stages

/// `distill task`: both phases of task distillation, one after the other, as a pipeline of two
/// stages; or one of them.
struct TaskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "task",
    abstract: "task distillation: intermediate layers, then predictions (--phase for one)",
    discussion: "All flags: distill task --help-all")

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("Flags of the phases; see --help.", visibility: .hidden))
  var words: [String] = []

  /// What it reads.
  static let inputs = PredictionStage.inputs.map { port in
    switch port.name {
    case "student":
      Port("student", kinds: port.kinds, help: "general student (phase prediction: intermediate)")
    case "teacher":
      Port(
        "teacher", kinds: port.kinds, isOptional: true, allowsMany: true,
        help:
          "teacher, fine-tuned on the task (phase prediction: none where rows carry answers; of "
          + "several the first teaches the layers, all the answers)")
    default: port
    }
  }

  /// Every option of a phase under its phase's name, and, for both at once, under its own.
  static let fields = fields { _ in nil }

  /// The same with the defaults that a preset gives them; `value` is what an option has that is given.
  private static func fields(preset value: (String) -> String?) -> [OptionField] {
    let phases: [any Stage.Type] = [IntermediateStage.self, PredictionStage.self]
    var fields = [
      OptionField(
        "phase", .choice(["both", "intermediate", "prediction"]), default: .text("both"),
        help: "the phases to run")
    ]
    var shared: Set<String> = []
    for phase in phases {
      for field in phase.fields where shared.insert(field.name).inserted {
        fields.append(OptionField(field.name, field.type, help: field.help))
      }
    }
    for phase in phases {
      let own = phase.fields.preset { value("\(phase.kind)_\($0)") ?? value($0) }
      fields += own.map { field in
        OptionField(
          "\(phase.kind)_\(field.name)", field.type, default: field.defaultValue,
          help: "the same, phase \(phase.kind) alone")
      }
    }
    return fields
  }

  /// The defaults of options, both where the phases have different ones.
  private static func defaults(preset value: (String) -> String?) -> [String: String] {
    func defaults(of phase: any Stage.Type) -> [String: String] {
      let fields = phase.fields.preset { value("\(phase.kind)_\($0)") ?? value($0) }
      return fields.reduce(into: [:]) { $0[$1.name] = $1.defaultValue.map { "\($0)" } }
    }
    return defaults(of: IntermediateStage.self).merging(defaults(of: PredictionStage.self)) {
      $0 == $1 ? $0 : "\($0); prediction \($1)"
    }
  }

  /// The phases to run.
  private static func phases(of choice: String) -> [any Stage.Type] {
    [IntermediateStage.self, PredictionStage.self].filter { choice == "both" || choice == $0.kind }
  }

  /// Options that are given and that no phase uses.
  private static func unused(
    _ given: [String], in phases: [any Stage.Type]
  ) -> [(flag: String, fault: String)] {
    given.filter { $0 != "phase" }.compactMap { name in
      let takers = phases.filter { $0.fields.contains { $0.name == name } }
      if takers.isEmpty {
        let isUsed = phases.contains { name.hasPrefix($0.kind + "_") }
        guard !isUsed, let phase = phases.first else { return nil }
        return (
          "--\(name.dashed)",
          "would do nothing beside --phase \(phase.kind); leave one of them out"
        )
      }
      let own = takers.map { "\($0.kind)_\(name)" }
      guard own.allSatisfy(given.contains) else { return nil }
      let flags = own.map { "--" + $0.dashed }.joined(separator: " and ")
      return ("--\(name.dashed)", "would do nothing beside \(flags); leave it out")
    }
  }

  func run() throws {
    let arguments = StageArguments(
      words, inputPorts: Self.inputs, outputPorts: PredictionStage.outputs, fields: Self.fields)
    guard !arguments.asksForHelp else {
      return Output.data(
        StageHelp(
          command: "task", summary: Self.configuration.abstract, inputs: Self.inputs,
          outputs: PredictionStage.outputs, fields: Self.fields(preset: arguments.value),
          defaults: Self.defaults(preset: arguments.value), showsAll: arguments.asksForAll
        ).text)
    }
    var faults = Faults(arguments.faults)
    let common = faults.collect { try CommonOptions(arguments.common) }
    Output.isLogJSON = common?.display.logsJSON ?? false
    let values = faults.collect { try OptionValues(flags: arguments.flags, fields: Self.fields) }
    let output = arguments.outputs.first { $0.port == "model" }?.path
    let lastModel = arguments.outputs.first { $0.port == "last_model" }?.path
    let phase = values?.text("phase") ?? "both"
    if phase != "prediction" {
      let given = arguments.inputs.map(\.port)
      let ports = IntermediateStage.inputs.filter { $0.name == "teacher" }
      for fault in Pipeline.missing(ports, given: given, isOutput: false) {
        faults.add(fault.keyPath, fault.message)
      }
    }
    if phase == "intermediate", arguments.inputs.count(where: { $0.port == "teacher" }) > 1 {
      faults.add("--teacher", "given several times; one alone teaches the layers: give that one")
    }
    if phase == "intermediate" && lastModel != nil {
      faults.add("--last-model", "not with --phase intermediate, whose model is always the last")
    }
    if let phases = values.map({ Self.phases(of: $0.text("phase")) }) {
      for (flag, fault) in Self.unused(arguments.flags.map(\.name), in: phases) {
        faults.add(flag, fault)
      }
    }
    if phase == "both" && arguments.inputs.contains(where: { $0.port == "extend" }) {
      faults.add("--extend", "extends one phase; give --phase intermediate or --phase prediction")
    }
    if phase == "both", arguments.flags.contains(where: { $0.name == "loss_weights" }) {
      faults.add(
        "--loss-weights",
        "the phases have other terms; give --intermediate-loss-weights or --prediction-loss-weights"
      )
    }
    guard faults.all.isEmpty, let common, let output else {
      throw faults.error(seeing: "task", words)
    }
    let models = FetchedModels(common.tracking.address)
    let inputs = try arguments.inputs.map {
      (port: $0.port, path: try models.folder($0.path))
    }
    let pipeline = try TaskPipeline(
      phase: phase, inputs: inputs, output: output, lastModel: lastModel,
      flags: arguments.flags, seed: common.seed,
      workspace: common.workspace ?? Pipeline.ownWorkspace(of: output)
    ).make(&faults)
    try PipelineRun(
      pipeline, common.runOptions(of: pipeline), json: common.json, tracking: common.tracking,
      display: common.display
    ).execute()
  }
}

/// The one or two stages of a task distillation, from flags.
private struct TaskPipeline {
  let phase: String
  let inputs: [(port: String, path: String)]
  let output: String
  let lastModel: String?
  let flags: [(name: String, text: String)]
  let seed: UInt64
  let workspace: String

  /// - Throws: `PipelineError` (usage) with every fault of the options and the graph.
  func make(_ faults: inout Faults) throws -> Pipeline {
    var teachers = 0
    let sources = inputs.reduce(into: [PipelineSource]()) { sources, input in
      var name = Pipeline.ownName(of: input.port)
      if input.port == "teacher" {
        teachers += 1
        name = Self.name(ofTeacher: teachers)
      }
      let index = sources.firstIndex { $0.name == name }
      let source = PipelineSource(
        name: name, paths: (index.map { sources[$0].paths } ?? []) + [input.path])
      if let index { sources[index] = source } else { sources.append(source) }
    }
    let intermediate = try stage(
      IntermediateStage.self, student: Pipeline.ownName(of: "student"),
      writing: [
        PipelineStage.Output(
          port: "model", name: "intermediate_student",
          path: phase == "intermediate" ? output : nil)
      ])
    let prediction = try stage(
      PredictionStage.self,
      student: phase == "prediction" ? Pipeline.ownName(of: "student") : "intermediate_student",
      writing: [PipelineStage.Output(port: "model", name: "student", path: output)]
        + (lastModel.map {
          [PipelineStage.Output(port: "last_model", name: "last_student", path: $0)]
        } ?? []))
    let stages: [PipelineStage] =
      switch phase {
      case "intermediate": [intermediate]
      case "prediction": [prediction]
      default: [intermediate, prediction]
      }
    for stage in stages { faults.check(stage.options, of: stage.kind) }
    guard faults.all.isEmpty else { throw PipelineError(.usage, faults: faults.all) }
    return try Pipeline.commandLine(
      name: "task", seed: seed, workspace: workspace, sources: sources, stages: stages)
  }

  /// The name of a teacher by its number; the first has that of the port.
  private static func name(ofTeacher number: Int) -> String {
    Pipeline.ownName(of: "teacher") + (number == 1 ? "" : "-\(number)")
  }

  private func stage(
    _ kind: any Stage.Type, student: String, writing outputs: [PipelineStage.Output]
  ) throws -> PipelineStage {
    var chosen: [(name: String, text: String)] = []
    for field in kind.fields {
      let own = flags.filter { $0.name == "\(kind.kind)_\(field.name)" }
      // A list may be given piece by piece.
      let given = own.isEmpty ? flags.filter { $0.name == field.name } : own
      chosen += given.map { (field.name, $0.text) }
    }
    return PipelineStage(
      name: kind.kind, kind: kind, options: try OptionValues(flags: chosen, fields: kind.fields),
      seed: seed,
      inputs: kind.inputs.compactMap { port in
        if port.name == "teacher", port.allowsMany {
          let count = inputs.count { $0.port == port.name }
          let names = (0..<count).map { Self.name(ofTeacher: $0 + 1) }
          return names.isEmpty ? nil : PipelineStage.Input(port: port.name, names: names)
        }
        let own = Pipeline.ownName(of: port.name)
        let name = port.name == "student" ? student : own
        let isThere = name != own || inputs.contains { $0.port == port.name }
        return isThere ? PipelineStage.Input(port: port.name, names: [name]) : nil
      },
      outputs: outputs)
  }
}
