import ArgumentParser

/// `distill completion`: what a shell needs to complete the command line.
struct CompletionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion", abstract: "Print a script that completes the command line.",
    usage: "distill completion bash|zsh|fish",
    discussion: """
      bash: distill completion bash > ~/.local/share/bash-completion/completions/distill
      zsh: distill completion zsh > _distill, in a folder of $fpath
      fish: distill completion fish > ~/.config/fish/completions/distill.fish
      """)

  /// The shells that are known.
  enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

  @Argument(help: "bash, zsh or fish.")
  var shell: Shell

  func run() throws {
    let program = try CommandDescription.program()
    switch shell {
    case .bash: Output.data(BashCompletion(program).text)
    case .zsh: Output.data(ZshCompletion(program).text)
    case .fish: Output.data(FishCompletion(program).text)
    }
  }
}
