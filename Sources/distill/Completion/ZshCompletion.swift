/// Completion for zsh.
struct ZshCompletion {
  private let program: CommandDescription

  /// The script for a program.
  init(_ program: CommandDescription) { self.program = program }

  /// Its text.
  var text: String {
    var lines = [
      "#compdef distill",
      "# Completion of distill for zsh, made by: distill completion zsh",
      "# Keep it as _distill in a folder of $fpath, before compinit runs.",
      "",
      "_distill_words() {",
      "  local -a found",
      "  found=(${(f)\"$(distill words $1 \"${_distill_line[@]}\" 2> /dev/null)\"})",
      "  if [[ $1 == settings ]]; then compadd -S '' -a found; else compadd -a found; fi",
      "}",
    ]
    for command in program.all { lines += function(of: command) }
    // From its second call on, zsh calls the function that this file has defined, not the file.
    lines += [
      "", "_distill() {", "  local -a _distill_line", "  _distill_line=(\"${(@)words[2,-1]}\")",
      "  _distill_any \"$@\"", "}", "", "_distill \"$@\"",
    ]
    return lines.joined(separator: "\n")
  }

  private func name(of command: CommandDescription) -> String {
    let words = command.words.isEmpty ? ["any"] : command.words.map(\.underlined)
    return (["_distill"] + words).joined(separator: "_")
  }

  private func function(of command: CommandDescription) -> [String] {
    var lines = ["", "\(name(of: command))() {"]
    var specifications = command.takenOptions.flatMap(specifications)
    guard command.subcommands.isEmpty else {
      lines += [
        "  local context state state_descr line", "  typeset -A opt_args", "  local -a commands",
        "  commands=(",
      ]
      lines += command.subcommands.map { "    \(quoted("\($0.name):\($0.summary)"))" }
      specifications += ["'1:command:->command'", "'*::argument:->argument'"]
      lines += ["  )", "  _arguments -C \\"]
      lines += continued(specifications)
      lines += [
        "  case $state in", "    command)", "      _describe command commands",
      ]
      // What is no command's name is the first argument of the one that is meant where none is named.
      lines += (command.usual?.arguments.prefix(1) ?? []).filter { $0.value != .text }.map {
        "      \(action($0.value))"
      }
      lines += [
        "      ;;", "    argument)",
        "      case $words[1] in",
      ]
      lines += command.subcommands.map { "        \($0.name)) \(name(of: $0)) ;;" }
      if let usual = command.usual { lines.append("        *) \(name(of: usual)) ;;") }
      return lines + ["      esac ;;", "  esac", "}"]
    }
    for argument in command.arguments {
      let place = argument.isRepeating ? "*" : ""
      specifications.append(
        quoted("\(place):\(escaped(argument.name)):\(action(argument.value))"))
    }
    guard !specifications.isEmpty else { return lines + ["  _message 'no more arguments'", "}"] }
    return lines + ["  _arguments \\"] + continued(specifications) + ["}"]
  }

  /// Lines that are one command.
  private func continued(_ words: [String]) -> [String] {
    words.enumerated().map { "    \($1)\($0 == words.count - 1 ? "" : " \\")" }
  }

  private func specifications(of option: CommandDescription.Option) -> [String] {
    option.names.map { name in
      let repeated = option.isRepeating ? "*" : ""
      guard let value = option.value else {
        return quoted("\(repeated)\(name)[\(escaped(option.help))]")
      }
      let equals = name.hasPrefix("--") ? "=" : ""
      return quoted(
        "\(repeated)\(name)\(equals)[\(escaped(option.help))]:\(escaped(option.valueName)):\(action(value))"
      )
    }
  }

  private func action(_ value: CommandDescription.Value) -> String {
    switch value {
    case .file([]): "_files"
    case .file(let endings): "_files -g \"*.(\(endings.joined(separator: "|")))(-.) *(-/)\""
    case .folder: "_files -/"
    case .choice(let words): "(\(words.joined(separator: " ")))"
    case .stage: " _distill_words stages"
    case .setting: " _distill_words settings"
    case .text: ""
    }
  }

  /// In the words of `_arguments` colons and brackets mean something.
  private func escaped(_ text: String) -> String {
    var result = ""
    for letter in text {
      if "\\[]:".contains(letter) { result.append("\\") }
      result.append(letter)
    }
    return result
  }

  private func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}

extension String {
  /// `metrics-diff` as a part of a function's name.
  fileprivate var underlined: String { replacing("-", with: "_") }
}
