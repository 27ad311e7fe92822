import Pipelines
import Stages

/// What the commands of stages take, from the stages' own declarations: the argument parser knows nothing
/// of it.
struct StageCommandLines {
  /// The command.
  let name: String
  /// All its options, those of its ports first.
  let options: [CommandDescription.Option]

  /// The command of every kind of stage, and `task`.
  static let all: [StageCommandLines] =
    Kinds.all.map { kind in
      StageCommandLines(
        kind.kind, inputs: kind.inputs, outputs: kind.outputs, fields: kind.fields)
    } + [
      StageCommandLines(
        "task", inputs: TaskCommand.inputs, outputs: PredictionStage.outputs,
        fields: TaskCommand.fields)
    ]

  private init(_ name: String, inputs: [Port], outputs: [Port], fields: [OptionField]) {
    self.name = name
    var options: [CommandDescription.Option] = []
    for port in inputs {
      options.append(
        CommandDescription.Option(
          names: ["--" + port.name.dashed], help: port.help, value: Self.value(of: port),
          valueName: "path", isRepeating: port.allowsMany))
    }
    for (index, port) in outputs.enumerated() {
      // A port that is read and written under one name is the input; --output writes.
      let name = index == 0 ? "output" : port.name
      options.append(
        CommandDescription.Option(
          names: ["--" + name.dashed], help: port.help, value: .file([]), valueName: "path"))
    }
    for field in fields + StageArguments.commonFields {
      options.append(
        CommandDescription.Option(
          names: ["--" + field.flag] + (field.name == "help" ? ["-h"] : []), help: field.help,
          value: Self.value(of: field), isRepeating: field.type == .texts))
    }
    self.options = options
  }

  private static func value(of port: Port) -> CommandDescription.Value {
    let isArtifact = !port.kinds.contains("file")
    return .file(isArtifact ? ["h5"] : [])
  }

  private static func value(of field: OptionField) -> CommandDescription.Value? {
    switch field.type {
    case .boolean: nil
    case .choice(let words): .choice(words)
    case .integer, .real, .text, .texts: field.name == "workspace" ? .folder : .text
    }
  }
}
