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
  var common: [(name: String, text: String)] = []
  /// What is wrong with the words, in their order.
  private(set) var faults: [PipelineFault] = []

  /// The options that every stage command takes beside its own.
  static let commonFields = [
    OptionField(
      "seed", .integer(0...Int.max), default: .integer(Int(Pipeline.defaultSeed)),
      help: "seed of every draw"),
    OptionField(
      "threads", .integer(RunOptions.threadRange), default: nil,
      help: "threads (as many as this process may use)"),
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
    OptionField(
      "no_run_cache", .boolean, default: .boolean(false),
      help: "neither keep an output that is replaced nor take one that was kept"),
    OptionField(
      "tracking_uri", .text, default: nil,
      help: "MLflow server that the run is tracked on (MLFLOW_TRACKING_URI)"),
    OptionField(
      "experiment", .text, default: nil,
      help: "experiment on the tracking server (MLFLOW_EXPERIMENT_NAME, else distill)"),
    OptionField(
      "report_to", .texts, default: nil,
      help: "write numbers as tensorboard or csv too, into the workspace"),
    OptionField(
      "register_model", .text, default: nil,
      help: "NAME[@ALIAS] under which the tracking server registers a model that export writes"),
    OptionField(
      "tracking", .choice(TrackingMode.allCases.map(\.rawValue)), default: .text("optional"),
      help: "optional goes on without the server, required does not begin, off sends nothing"),
    OptionField(
      "log_format", .choice(["text", "json"]), default: .text("text"),
      help: "events on standard error: text, or one JSON object a line"),
    OptionField(
      "progress_interval", .integer(Display.intervals), default: .integer(Display.usualInterval),
      help: "seconds between lines of progress where there is no terminal"),
    OptionField("json", .boolean, default: .boolean(false), help: "print the result as JSON"),
    OptionField("help", .boolean, default: .boolean(false), help: "show this"),
    OptionField(
      "help_all", .boolean, default: .boolean(false),
      help: "show this with the options that few need"),
  ]

  private let inputNames: [String]
  private let outputNames: [String]
  private let firstOutput: String
  private let fields: [OptionField]

  /// Reads words such as `--learning-rate 3e-5`, `--t2`, `--teacher=PATH`; what is wrong with them is
  /// in `faults`.
  init(_ words: [String], inputPorts: [Port], outputPorts: [Port], fields: [OptionField]) {
    inputNames = inputPorts.map(\.name)
    firstOutput = outputPorts.first?.name ?? ""
    // A port that is read and written under one name (a dataset) is the input; `--output` writes.
    outputNames = outputPorts.map(\.name).filter { [inputNames] in !inputNames.contains($0) }
    self.fields = fields
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-"), word.count > 1 else {
        fault(
          word,
          "not a flag; inputs and options are named, such as --\(inputNames.first ?? "output") PATH"
        )
        continue
      }
      take(word, &rest)
    }
    faults += Pipeline.missing(inputPorts, given: inputs.map(\.port), isOutput: false)
    faults += Pipeline.missing(outputPorts, given: outputs.map(\.port), isOutput: true)
  }

  /// Whether `--help` or `--help-all` is among the words.
  var asksForHelp: Bool { asksForAll || common.contains { $0.name == "help" } }
  /// Whether `--help-all` is.
  var asksForAll: Bool { common.contains { $0.name == "help_all" } }

  /// What an option of the stage is given, nil where it is not.
  func value(_ name: String) -> String? { flags.last { $0.name == name }?.text }

  private mutating func fault(_ place: String, _ message: String) {
    faults.append(PipelineFault(keyPath: place, message: message))
  }

  /// Takes a flag, and its value from the words after it.
  private mutating func take(_ word: String, _ rest: inout ArraySlice<String>) {
    let bare = word == "-h" ? "help" : String(word.drop { $0 == "-" })
    let pieces = bare.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      .map(String.init)
    let written = pieces.first ?? ""
    let name = String(written.map { $0 == "-" ? "_" : $0 })
    let field = (fields + Self.commonFields).first { $0.name == name }
    let isPort = name == "output" || inputNames.contains(name) || outputNames.contains(name)
    guard field != nil || isPort else {
      let known =
        (fields + Self.commonFields).map(\.flag) + (inputNames + outputNames).map(\.dashed)
      let suggestion = Suggestion.clause(
        forOption: written, among: known + ["output"], prefix: "--")
      // What follows may be its value.
      if pieces.count == 1, rest.first.map({ !$0.hasPrefix("-") }) == true { rest.removeFirst() }
      return fault("--\(written)", "there is no such option\(suggestion)")
    }
    let flag = "--" + name.dashed
    let value: String
    if pieces.count == 2 {
      value = pieces[1]
    } else if field?.type == .boolean {
      let isGiven = ["true", "false"].contains(rest.first ?? "")
      value = isGiven ? rest.removeFirst() : "true"
    } else if let next = rest.first, !next.hasPrefix("--") {
      value = rest.removeFirst()
    } else {
      let what = isPort ? "PATH" : "VALUE"
      return fault(flag, "needs a value; give \(flag) \(what), or \(flag)=\(what)")
    }
    if isPort || name == "workspace", value.isEmpty {
      return fault(flag, "the path is empty; name a file or folder, such as . for this folder")
    }
    if value == "-", isPort, !inputNames.contains(name) {
      fault(flag, "nothing is written to standard output; name a file or folder")
    }
    if inputNames.contains(name) {
      inputs.append((name, value))
    } else if isPort {
      outputs.append((name == "output" ? firstOutput : name, value))
    } else if Self.commonFields.contains(where: { $0.name == name }) {
      common.append((name, value))
    } else {
      flags.append((name, value))
    }
  }
}
