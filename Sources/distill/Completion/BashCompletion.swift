/// Completion for bash, without any other script.
struct BashCompletion {
  private let program: CommandDescription

  /// The script for a program.
  init(_ program: CommandDescription) { self.program = program }

  /// Its text.
  var text: String {
    let commands = program.all.filter { !$0.words.isEmpty }
    var lines = Self.head
    lines += [
      "  for ((i = 1; i < COMP_CWORD; i++)); do", "    case \"$command ${COMP_WORDS[i]}\" in",
    ]
    for command in commands {
      let before = command.words.dropLast().joined(separator: " ")
      lines.append("      '\(before) \(command.name)') command='\(command.path)' ;;")
    }
    lines += ["    esac", "  done", "  case $command in"]
    for command in program.all { lines += rules(of: command) }
    return (lines + Self.tail).joined(separator: "\n")
  }

  private func rules(of command: CommandDescription) -> [String] {
    let words =
      command.subcommands.map(\.name) + command.takenOptions.flatMap(\.names)
    var lines = [
      "    '\(command.path)')", "      words='\(words.joined(separator: " "))'",
    ]
    var kinds = Self.distinct(command.takenArguments.map(\.value)).filter { $0 != .text }
    if command.words.isEmpty || !command.subcommands.isEmpty && command.usual == nil { kinds = [] }
    lines.append("      kinds=(\(kinds.map { "'\(Self.kind($0))'" }.joined(separator: " ")))")
    let valued = command.takenOptions.filter { $0.value != nil }
    if !valued.isEmpty {
      lines.append("      case $previous in")
      for option in valued {
        guard let value = option.value else { continue }
        lines.append(
          "        \(option.names.joined(separator: "|"))) words= kinds=('\(Self.kind(value))') ;;")
      }
      lines.append("      esac")
    }
    return lines + ["      ;;"]
  }

  /// Each value once.
  private static func distinct(_ values: [CommandDescription.Value]) -> [CommandDescription.Value] {
    var found: [CommandDescription.Value] = []
    for value in values where !found.contains(value) { found.append(value) }
    return found
  }

  /// How the script calls what a value may be: a word, then what belongs to it.
  private static func kind(_ value: CommandDescription.Value) -> String {
    switch value {
    case .file(let endings): (["file"] + endings).joined(separator: " ")
    case .folder: "folder"
    case .choice(let words): (["choice"] + words).joined(separator: " ")
    case .stage: "stages"
    case .setting: "settings"
    case .text: "text"
    }
  }

  private static let head = [
    "# Completion of distill for bash, made by: distill completion bash",
    "# Keep it as ~/.local/share/bash-completion/completions/distill, or source it.",
    "_distill() {",
    "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}",
    "  local command= words= word= kind= ending= i IFS=$'\\n'",
    "  local -a kinds=() parts=()",
    "  COMPREPLY=()",
    "  # bash parts an option from its value where they have = between them.",
    "  if [[ $current == = ]]; then",
    "    current=",
    "  elif [[ $previous == = ]]; then",
    "    previous=${COMP_WORDS[COMP_CWORD-2]}",
    "  fi",
  ]

  private static let tail = [
    "  esac",
    "  COMPREPLY=($(IFS=' '; compgen -W \"$words\" -- \"$current\"))",
    "  for kind in \"${kinds[@]}\"; do",
    "    IFS=' ' read -r -a parts <<< \"$kind\"",
    "    case ${parts[0]} in",
    "      choice) COMPREPLY+=($(IFS=' '; compgen -W \"${parts[*]:1}\" -- \"$current\")) ;;",
    "      stages | settings)",
    "        [[ ${parts[0]} == settings ]] && compopt -o nospace 2> /dev/null",
    "        # These words are from a file that anybody may have written; compgen -W would expand them.",
    "        while IFS= read -r word; do",
    "          [[ $word == \"$current\"* ]] && COMPREPLY+=(\"$word\")",
    "        done < <(distill words \"${parts[0]}\" \"${COMP_WORDS[@]:1}\" 2> /dev/null) ;;",
    "      folder | file)",
    "        [[ $current == -* ]] && continue",
    "        compopt -o filenames 2> /dev/null",
    "        if [[ ${parts[0]} == file && ${#parts[@]} -eq 1 ]]; then",
    "          COMPREPLY+=($(compgen -f -- \"$current\"))",
    "        else",
    "          COMPREPLY+=($(compgen -d -- \"$current\"))",
    "          for ending in \"${parts[@]:1}\"; do",
    "            COMPREPLY+=($(compgen -f -X \"!*.$ending\" -- \"$current\"))",
    "          done",
    "        fi ;;",
    "    esac",
    "  done",
    "}",
    "complete -F _distill distill",
  ]
}
