import Artifacts
import Pipelines

/// The manual page, as roff that man, groff and mandoc read.
struct ManualPage {
  private let program: CommandDescription

  /// The page about a program.
  init(_ program: CommandDescription) { self.program = program }

  /// Its text.
  var text: String {
    var lines = [
      #".\" Made by: distill man"#,
      ".TH DISTILL 1 \"\" \"distill \(Self.plain(ProgramVersion.number))\" \"User Commands\"",
      ".SH NAME",
      "distill \\- \(Self.plain(Self.summary(program.summary)))",
      ".SH SYNOPSIS",
      ".B distill",
      ".I command",
      "[\\fIoptions\\fR]",
      ".SH DESCRIPTION",
      Self.line(program.discussion),
      ".PP",
      Self.line(
        "A first student: distill compress --teacher MODEL --train FILE --dev FILE --text FILE "
          + "--output FOLDER. The same as a file to be changed: distill init, then distill run."),
      ".SH COMMANDS",
    ]
    for command in program.all where !command.words.isEmpty { lines += section(command) }
    lines += [".SH OPTIONS"] + program.options.flatMap(Self.option)
    lines += Self.exitCodes + Self.environment + Self.files
    return lines.joined(separator: "\n")
  }

  private func section(_ command: CommandDescription) -> [String] {
    var lines = [".SS \(Self.plain("distill " + command.path + Self.arguments(of: command)))"]
    lines.append(Self.line(Self.summary(command.summary)))
    if !command.discussion.isEmpty { lines += [".PP", Self.line(command.discussion)] }
    for argument in command.arguments where !argument.help.isEmpty {
      lines += [".TP", "\\fI\(Self.plain(argument.name))\\fR", Self.line(argument.help)]
    }
    return lines + command.options.flatMap(Self.option)
  }

  private static func arguments(of command: CommandDescription) -> String {
    let own = command.arguments.map { argument in
      let name = "<\(argument.name)>" + (argument.isRepeating ? " ..." : "")
      return " " + (argument.isOptional ? "[\(name)]" : name)
    }
    return command.subcommands.isEmpty ? own.joined() : " <command>"
  }

  /// A sentence, whether it was written as one or not.
  private static func summary(_ text: String) -> String {
    guard let first = text.first else { return text }
    return first.uppercased() + String(text.dropFirst()) + (text.hasSuffix(".") ? "" : ".")
  }

  private static func option(_ option: CommandDescription.Option) -> [String] {
    let names = option.names.map { "\\fB\(plain($0))\\fR" }.joined(separator: ", ")
    var help = option.help
    if case .choice(let words) = option.value {
      help += " [\(words.joined(separator: " | "))]"
    }
    let value = option.value == nil ? "" : " \\fI\(plain(option.valueName))\\fR"
    return [".TP", names + value, line(help.isEmpty ? option.names.first ?? "" : help)]
  }

  private static let exitCodes = [
    ".SH EXIT STATUS", ".TP", "0", "Done.", ".TP", "1", "Several stages failed.", ".TP", "3",
    "status \\-\\-check: something would run.", ".TP", "64", "Wrong command line or options.",
    ".TP",
    "65", "Wrong data.", ".TP", "66", "An input is not there.", ".TP", "69",
    "A service that was required does not answer.", ".TP", "70", "Numbers are not finite any more.",
    ".TP", "73", "An output cannot be created.", ".TP", "74", "Reading or writing failed.", ".TP",
    "75", "Another process works in the workspace.", ".TP", "78", "Wrong pipeline file.", ".TP",
    "129, 130, 143", "Stopped by a signal; what was done is saved.", ".TP",
    "141", "Nobody reads what is printed any more.",
  ]

  private static let environment: [String] =
    [".SH ENVIRONMENT"]
    + [
      ("MLFLOW_TRACKING_URI", "The MLflow server that runs are tracked on."),
      ("MLFLOW_EXPERIMENT_NAME", "The experiment there; else MLFLOW_EXPERIMENT_ID, its number."),
      ("MLFLOW_RUN_ID", "A run there that is open; what runs here becomes part of it."),
      ("MLFLOW_TAGS", "Tags of every run there, as a JSON object."),
      (
        "MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD",
        "Who asks the server; ~/.mlflow/credentials says it where they are not set."
      ),
      ("MLFLOW_TRACKING_TOKEN", "A token in place of a name and a password."),
      (
        "MLFLOW_TRACKING_SERVER_CERT_PATH, MLFLOW_TRACKING_CLIENT_CERT_PATH",
        "Certificates that the server is trusted by, and the one that is shown to it."
      ),
      ("MLFLOW_TRACKING_INSECURE_TLS", "true trusts the server unseen."),
      (
        "DATABRICKS_HOST, DATABRICKS_TOKEN",
        "The workspace that the server databricks is, and its token."
      ),
      (
        "DATABRICKS_CONFIG_FILE, DATABRICKS_CONFIG_PROFILE",
        "The file where they are otherwise found (~/.databrickscfg), and the part of it (DEFAULT)."
      ),
      ("XDG_CACHE_HOME", "Models of a server are kept in distill/mlflow there (~/.cache)."),
      ("NO_COLOR", "Where it is set, nothing is drawn in place, and nothing is coloured."),
      ("COLUMNS", "The width of help and of tables where the terminal does not tell it."),
      ("TMPDIR", "Where temporary files go."),
    ].flatMap { [".TP", "\\fB\(plain($0.0))\\fR", line($0.1)] }

  private static let files = [
    ".SH FILES", ".TP", "\\fI.distill/NAME\\fR", line("The workspace of the pipeline NAME."), ".TP",
    "\\fIOUTPUT.distill\\fR", line("The workspace of a command that writes OUTPUT."),
  ]

  /// Text of one line, in which nothing means anything to roff.
  private static func plain(_ text: String) -> String {
    var result = ""
    for letter in text.replacing("\n", with: " ") {
      switch letter {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "'": result += "\\(aq"
      case "\"": result += "\\(dq"
      case "`": result += "\\(ga"
      case "^": result += "\\(ha"
      case "~": result += "\\(ti"
      default: result.append(letter)
      }
    }
    return result
  }

  /// A line of text; one that begins with a dot would be a request.
  private static func line(_ text: String) -> String {
    let plain = plain(text)
    return plain.hasPrefix(".") ? "\\&" + plain : plain
  }
}
