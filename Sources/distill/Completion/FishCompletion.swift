/// Completion for fish.
struct FishCompletion {
  private let program: CommandDescription

  /// The script for a program.
  init(_ program: CommandDescription) { self.program = program }

  /// Its text.
  var text: String {
    var lines = [
      "# Completion of distill for fish, made by: distill completion fish",
      "# Keep it as ~/.config/fish/completions/distill.fish.",
      "",
      "function __distill_words",
      "  distill words $argv[1] (commandline -opc)[2..-1] 2> /dev/null",
      "end",
      "",
      "complete -c distill -f",
    ]
    for command in program.all { lines += rules(of: command) }
    return lines.joined(separator: "\n")
  }

  /// When a command's own words are completed.
  private func condition(_ command: CommandDescription) -> String {
    guard !command.words.isEmpty else { return "__fish_use_subcommand" }
    return command.words.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
  }

  private func rules(of command: CommandDescription) -> [String] {
    let own = "complete -c distill -n \(quoted(condition(command)))"
    var lines: [String] = []
    if !command.subcommands.isEmpty {
      let names = command.subcommands.map(\.name).joined(separator: " ")
      let isOpen =
        condition(command)
        + (command.words.isEmpty ? "" : "; and not __fish_seen_subcommand_from \(names)")
      lines += command.subcommands.map {
        "complete -c distill -n \(quoted(isOpen)) -a \($0.name) -d \(quoted($0.summary))"
      }
    }
    for option in command.takenOptions {
      var words = [own]
      for name in option.names {
        words.append(name.hasPrefix("--") ? "-l \(name.dropFirst(2))" : "-s \(name.dropFirst())")
      }
      words += value(option.value)
      lines.append((words + ["-d \(quoted(option.help))"]).joined(separator: " "))
    }
    for argument in command.takenArguments where argument.value != .text {
      let words = value(argument.value).map { $0 == "-r" || $0 == "-x" ? "" : $0 }
      lines.append(([own] + words).filter { !$0.isEmpty }.joined(separator: " "))
    }
    return lines
  }

  private func value(_ value: CommandDescription.Value?) -> [String] {
    switch value {
    case nil: []
    case .file([]): ["-r", "-F"]
    case .file(let endings):
      [
        "-r",
        "-a " + quoted(endings.map { "(__fish_complete_suffix .\($0))" }.joined(separator: " ")),
      ]
    case .folder: ["-x", "-a '(__fish_complete_directories)'"]
    case .choice(let words): ["-x", "-a " + quoted(words.joined(separator: " "))]
    case .stage: ["-x", "-a '(__distill_words stages)'"]
    case .setting: ["-x", "-a '(__distill_words settings)'"]
    case .text: ["-x"]
    }
  }

  private func quoted(_ text: String) -> String {
    "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
  }
}
