import ArgumentParser
import Files

/// A command as it is declared: what completion scripts and the manual page are made of.
struct CommandDescription {
  /// What a value may be, for a shell that completes it.
  enum Value: Equatable {
    /// A file whose name has one of these endings, or a folder; any file without endings.
    case file([String])
    /// A folder.
    case folder
    /// One of these words.
    case choice([String])
    /// The name of a stage of the pipeline that the command line is about.
    case stage
    /// `KEY=` of a value in that pipeline's file.
    case setting
    /// Anything.
    case text
  }

  /// An option, or a flag.
  struct Option: Equatable {
    /// As it is written, dashes included; the long one first.
    var names: [String]
    /// What it does, in one line.
    var help: String
    /// What its value is; nil for a flag.
    var value: Value?
    /// What its value is called.
    var valueName = "value"
    /// Whether it may be given several times.
    var isRepeating = false
  }

  /// An argument without a flag.
  struct Argument: Equatable {
    var name: String
    var help: String
    var value: Value
    var isOptional = false
    var isRepeating = false
  }

  /// Its words after the program's, such as `runs list`; empty for the program itself.
  var words: [String]
  /// What it does, in one line.
  var summary: String
  /// More of it; empty for nothing.
  var discussion = ""
  var options: [Option] = []
  var arguments: [Argument] = []
  var subcommands: [CommandDescription] = []
  /// The name of the command within it that is meant where none is named.
  var usualSubcommand: String?

  /// Its last word.
  var name: String { words.last ?? "distill" }
  /// Its words in one.
  var path: String { words.joined(separator: " ") }

  /// The command within it that is meant where none is named; nil where one has to be.
  var usual: CommandDescription? { subcommands.first { $0.name == usualSubcommand } }
  /// Its options, and those of the command that is meant where none is named.
  var takenOptions: [Option] { options + (usual?.options ?? []).filter { !options.contains($0) } }
  /// Its arguments, likewise.
  var takenArguments: [Argument] { arguments + (usual?.arguments ?? []) }

  /// Itself, and all commands within it.
  var all: [CommandDescription] { [self] + subcommands.flatMap(\.all) }
}

extension CommandDescription {
  /// The program, with every command that people give.
  ///
  /// - Throws: `FileError` where the parser describes itself in a way that is not understood.
  static func program() throws -> CommandDescription {
    let text = Distill._dumpHelp()
    let document = try StrictJSON.parse(Array(text.utf8), path: "commands")
    guard let command = document.object?["command"]?.object else {
      throw FileError(.invalidJSON, path: "commands", detail: "the parser describes none")
    }
    return CommandDescription(command, under: [], isTop: true)
  }

  /// What the parser says of a command; of a stage's what the stage declares.
  private init(_ command: JSONObject, under parents: [String], isTop: Bool = false) {
    let name = command["commandName"]?.string ?? ""
    words = isTop ? [] : parents + [name]
    summary = command["abstract"]?.string ?? ""
    discussion = command["discussion"]?.string ?? ""
    let declared = parents.isEmpty && !isTop ? StageCommandLines.all.first { $0.name == name } : nil
    if let declared {
      (options, discussion) = (declared.options, "")
      return
    }
    usualSubcommand = command["defaultSubcommand"]?.string
    for argument in command["arguments"]?.array?.compactMap(\.object) ?? [] {
      add(argument)
    }
    let inner = command["subcommands"]?.array?.compactMap(\.object) ?? []
    subcommands = inner.filter { $0["shouldDisplay"]?.boolean != false }
      .map { [words] in CommandDescription($0, under: words) }
      .filter { $0.name != "help" }
  }

  private mutating func add(_ argument: JSONObject) {
    // Options that help keeps for `--help-all` are completed like others.
    let isPositional = argument["kind"]?.string == "positional"
    guard !isPositional || argument["shouldDisplay"]?.boolean != false else { return }
    let help = argument["abstract"]?.string ?? ""
    let valueName = argument["valueName"]?.string ?? "value"
    let isRepeating = argument["isRepeating"]?.boolean == true
    let names = (argument["names"]?.array ?? []).compactMap(\.object).compactMap { name in
      name["name"]?.string.map { (name["kind"]?.string == "long" ? "--" : "-") + $0 }
    }
    let value = Self.value(of: argument, called: names.first { $0.hasPrefix("--") } ?? valueName)
    switch argument["kind"]?.string {
    case "positional":
      arguments.append(
        Argument(
          name: valueName, help: help, value: value,
          isOptional: argument["isOptional"]?.boolean == true, isRepeating: isRepeating))
    case "flag":
      options.append(Option(names: Self.sorted(names), help: help, value: nil))
    default:
      options.append(
        Option(
          names: Self.sorted(names), help: help, value: value, valueName: valueName,
          isRepeating: isRepeating))
    }
  }

  /// Long names first.
  private static func sorted(_ names: [String]) -> [String] {
    names.filter { $0.hasPrefix("--") } + names.filter { !$0.hasPrefix("--") }
  }

  /// What a value may be: as it is declared, or as its name says.
  private static func value(of argument: JSONObject, called name: String) -> Value {
    if let words = argument["allValues"]?.array?.compactMap(\.string), !words.isEmpty {
      return .choice(words)
    }
    let declared = argument["completionKind"]?.object
    if let words = declared?["list"]?.object?["values"]?.array?.compactMap(\.string) {
      return .choice(words)
    }
    if let endings = declared?["file"]?.object?["extensions"]?.array?.compactMap(\.string) {
      return .file(endings)
    }
    if declared?["directory"] != nil { return .folder }
    switch name {
    case "--until", "--from", "--only", "--force", "--stage", "stage": return .stage
    case "--set": return .setting
    case "--workspace": return .folder
    case "file": return .file(["yaml", "yml"])
    case "place", "places", "a", "b", "path", "paths", "outputs", "--model", "--teacher",
      "--input", "--output", "--text", "--student", "--submission":
      return .file([])
    default: return .text
    }
  }
}
