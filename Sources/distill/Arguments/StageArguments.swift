import Pipelines

/// The command line of a stage, read against the stage's own declaration: the ports are
/// `--<port> PATH`, the options are `--<option> VALUE`, under the names a pipeline file uses.
struct StageArguments {
  /// Paths by input port, in the order given.
  var inputs: [(port: String, path: String)] = []
  /// Paths by output port.
  var outputs: [(port: String, path: String)] = []
  /// Options of the stage.
  var flags: [(name: String, text: String)] = []
  /// Options of every command: `seed`, `threads`, `workspace`, `json`, `help`.
  var common: [String: String] = [:]

  /// The options that every stage command takes beside its own.
  static let commonFields = [
    OptionField(
      "seed", .integer(0...Int.max), default: .integer(Int(Pipeline.defaultSeed)),
      help: "seed of every draw"),
    OptionField(
      "threads", .integer(RunOptions.threadRange), default: nil, help: "threads (all cores)"),
    OptionField(
      "workspace", .text, default: nil,
      help: "folder of manifest and checkpoints (<output>.distill)"),
    OptionField("force", .boolean, default: .boolean(false), help: "run even if current"),
    OptionField(
      "overwrite", .boolean, default: .boolean(false),
      help: "let an output replace a file that distill did not make"),
    OptionField(
      "allow_numeric_change", .boolean, default: .boolean(false),
      help: "go on from a checkpoint that another precision or backend made"),
    OptionField("json", .boolean, default: .boolean(false), help: "print the result as JSON"),
    OptionField("help", .boolean, default: .boolean(false), help: "show this"),
  ]

  /// Reads words such as `--learning-rate 3e-5`, `--t2`, `--teacher=PATH`.
  ///
  /// - Throws: `PipelineError` (usage) for a word that is no flag and for a flag without value.
  init(_ words: [String], stage: any Stage.Type) throws {
    try self.init(
      words, inputPorts: stage.inputs, outputPorts: stage.outputs, fields: stage.fields)
  }

  init(
    _ words: [String], inputPorts: [Port], outputPorts: [Port], fields: [OptionField]
  ) throws {
    let inputNames = inputPorts.map(\.name)
    // A port that is read and written under one name (a dataset) is the input; `--output` writes.
    let outputNames = outputPorts.map(\.name).filter { !inputNames.contains($0) }
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-"), word.count > 1 else {
        throw PipelineError(
          .usage,
          "\(word): not a flag; inputs and options are named, such as --\(inputNames.first ?? "output") PATH"
        )
      }
      let bare = word == "-h" ? "help" : String(word.drop { $0 == "-" })
      let pieces = bare.split(separator: "=", maxSplits: 1).map(String.init)
      let name = String((pieces.first ?? "").map { $0 == "-" ? "_" : $0 })
      let field = (fields + Self.commonFields).first { $0.name == name }
      let isSwitch = field?.type == .boolean
      let value: String
      if pieces.count == 2 {
        value = pieces[1]
      } else if isSwitch {
        let isGiven = ["true", "false"].contains(rest.first ?? "")
        value = isGiven ? rest.removeFirst() : "true"
      } else if let next = rest.popFirst() {
        value = next
      } else {
        throw PipelineError(.usage, "\(word): needs a value")
      }
      if name == "output" {
        outputs.append((outputPorts.first?.name ?? "", value))
      } else if inputNames.contains(name) {
        inputs.append((name, value))
      } else if outputNames.contains(name) {
        outputs.append((name, value))
      } else if Self.commonFields.contains(where: { $0.name == name }) {
        common[name] = value
      } else if field == nil {
        let known = fields.map(\.flag) + Self.commonFields.map(\.flag) + inputNames + outputNames
        let suggestion = Suggestion.clause(for: pieces.first ?? word, among: known + ["output"])
        throw PipelineError(.usage, "--\(pieces.first ?? ""): there is no such option\(suggestion)")
      } else {
        flags.append((name, value))
      }
    }
  }

  /// The text of `--help`.
  static func help(
    command: String, summary: String, inputs: [Port], outputs: [Port], fields: [OptionField]
  ) -> String {
    var lines = [
      "OVERVIEW: \(summary)", "",
      "USAGE: distill \(command) [--<input> PATH ...] --output PATH [options]",
    ]
    func section(_ title: String, _ rows: [(String, String)]) {
      guard !rows.isEmpty else { return }
      lines += ["", "\(title):"]
      let width = min(rows.map(\.0.count).max() ?? 0, 38)
      for (left, right) in rows {
        let space = String(repeating: " ", count: max(width - left.count, 0))
        lines.append("  \(left)\(space)  \(right)")
      }
    }
    section(
      "INPUTS",
      inputs.map { port in
        let many = port.allowsMany ? " (may be repeated)" : ""
        return (
          "--\(port.name.dashed) PATH", (port.isOptional ? "optional: " : "") + port.help + many
        )
      })
    section(
      "OUTPUT",
      outputs.enumerated().map { index, port in
        (
          index == 0 ? "--output PATH" : "--\(port.name.dashed) PATH",
          (port.isOptional ? "optional: " : "") + port.help
        )
      })
    section("OPTIONS", (fields).map(row))
    section("EVERY STAGE", commonFields.map(row))
    return lines.joined(separator: "\n")
  }

  private static func row(_ field: OptionField) -> (String, String) {
    let value = field.type == .boolean ? "" : " VALUE"
    var detail = field.help
    if case .choice(let words) = field.type { detail += " [\(words.joined(separator: "|"))]" }
    if let standard = field.defaultValue, field.type != .boolean { detail += " (\(standard))" }
    return ("--\(field.flag)\(value)", detail)
  }
}

extension String {
  /// `masked_language_model` as a flag.
  var dashed: String { String(map { $0 == "_" ? "-" : $0 }) }
}
