import ArgumentParser
import Pipelines
import Stages

/// `distill task`: both phases of task distillation, one after the other, as a pipeline of two
/// stages; or one of them.
struct TaskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "task",
    abstract: "task distillation: intermediate layers, then predictions (--phase for one)",
    discussion: "All flags: distill task --help")

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("Flags of the phases; see --help.", visibility: .hidden))
  var words: [String] = []

  private static let inputs = PredictionStage.inputs.map { port in
    port.name == "student"
      ? Port("student", kinds: port.kinds, help: "general student (phase prediction: intermediate)")
      : port
  }

  /// Every option of a phase under its phase's name, and, for both at once, under its own.
  private static let fields: [OptionField] = {
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
      fields += phase.fields.map { field in
        OptionField(
          "\(phase.kind)_\(field.name)", field.type, default: field.defaultValue,
          help: "the same, phase \(phase.kind) alone")
      }
    }
    return fields
  }()

  func run() throws {
    let arguments = try StageArguments(
      words, inputPorts: Self.inputs, outputPorts: PredictionStage.outputs, fields: Self.fields)
    if arguments.common["help"] != nil || words.isEmpty {
      Output.data(
        StageArguments.help(
          command: "task", summary: Self.configuration.abstract, inputs: Self.inputs,
          outputs: PredictionStage.outputs, fields: Self.fields))
      return
    }
    let common = try CommonOptions(arguments.common)
    let phase = try OptionValues(
      flags: arguments.flags.filter { $0.name == "phase" },
      fields: Self.fields.filter { $0.name == "phase" }
    ).text("phase")
    guard let output = arguments.outputs.first(where: { $0.port == "model" })?.path else {
      throw PipelineError(.usage, "--output: missing; name the student to write")
    }
    let lastModel = arguments.outputs.first { $0.port == "last_model" }?.path
    if phase == "intermediate" && lastModel != nil {
      throw PipelineError(
        .usage, "--last-model: not with --phase intermediate, whose model is always the last")
    }
    let pipeline = try TaskPipeline(
      phase: phase, inputs: arguments.inputs, output: output, lastModel: lastModel,
      flags: arguments.flags, seed: common.seed, workspace: common.workspace ?? output + ".distill"
    ).make()
    try PipelineRun(pipeline, common.runOptions(of: pipeline), json: common.json).execute()
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

  func make() throws -> Pipeline {
    var sources: [PipelineSource] = []
    for port in ["teacher", "student", "dataset"] {
      guard let input = inputs.last(where: { $0.port == port }) else {
        throw PipelineError(.usage, "--\(port): missing; name the \(port) to read")
      }
      sources.append(PipelineSource(name: "given-\(port)", paths: [input.path]))
    }
    let intermediate = try stage(
      IntermediateStage.self, student: "given-student",
      writing: [
        PipelineStage.Output(
          port: "model", name: "intermediate_student",
          path: phase == "intermediate" ? output : nil)
      ])
    let prediction = try stage(
      PredictionStage.self,
      student: phase == "prediction" ? "given-student" : "intermediate_student",
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
    return try Pipeline(
      name: "task", seed: seed, workspace: Workspace(path: workspace), sources: sources,
      stages: stages)
  }

  private func stage(
    _ kind: any Stage.Type, student: String, writing outputs: [PipelineStage.Output]
  ) throws -> PipelineStage {
    var chosen: [(name: String, text: String)] = []
    for field in kind.fields {
      let own = flags.last { $0.name == "\(kind.kind)_\(field.name)" }
      guard let flag = own ?? flags.last(where: { $0.name == field.name }) else { continue }
      chosen.append((field.name, flag.text))
    }
    return PipelineStage(
      name: kind.kind, kind: kind, options: try OptionValues(flags: chosen, fields: kind.fields),
      seed: seed,
      inputs: [
        PipelineStage.Input(port: "teacher", names: ["given-teacher"]),
        PipelineStage.Input(port: "student", names: [student]),
        PipelineStage.Input(port: "dataset", names: ["given-dataset"]),
      ],
      outputs: outputs)
  }
}
