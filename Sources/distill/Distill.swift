import ArgumentParser
import Artifacts
import Files
import Pipelines
import Stages

/// The command line of distill.
@main
struct Distill: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "distill",
    abstract: "Turn a large BERT teacher into a small, fast student, on an ordinary CPU machine.",
    discussion: """
      Stages read and write HDF5 artifacts; each is a command, and a node of a pipeline that \
      `distill run` works through; `task`, two of them in one, is a command alone. Run `distill <command> --help` for the options of one.
      """,
    version: ProgramVersion.number,
    subcommands: [],
    groupedSubcommands: [
      CommandGroup(name: "First steps", subcommands: [InitCommand.self, CompressCommand.self]),
      CommandGroup(
        name: "Stages",
        subcommands: Kinds.all.flatMap { kind -> [any ParsableCommand.Type] in
          // Both phases of task distillation at once come before each alone.
          kind == IntermediateStage.self
            ? [TaskCommand.self, command(of: kind)] : [command(of: kind)]
        }),
      CommandGroup(
        name: "Pipelines",
        subcommands: [
          RunCommand.self, PlanCommand.self, StatusCommand.self, WatchCommand.self,
          MetricsCommand.self, RunsCommand.self, ReportCommand.self, DagCommand.self,
          TrackCommand.self, VerifyCommand.self, CleanCommand.self, AdoptCommand.self,
          StageProcessCommand.self,
        ]),
      CommandGroup(
        name: "Models and text",
        subcommands: [PredictCommand.self, TokenizeCommand.self, InspectCommand.self]),
      CommandGroup(name: "This machine", subcommands: [BenchCommand.self, DoctorCommand.self]),
      CommandGroup(
        name: "This program",
        subcommands: [CompletionCommand.self, ManCommand.self, WordsCommand.self]),
    ])

  private static func command<Kind: Stage>(of kind: Kind.Type) -> any ParsableCommand.Type {
    StageCommand<Kind>.self
  }

  static func main() {
    keepStandardStreams()
    withExtendedLifetime(Interruption.install()) {
      do {
        try checkName()
        if CommandLine.arguments.dropFirst() == ["--version"] {
          for (name, value) in BuildFacts.all { Output.data("\(name): \(value)") }
          Failure.leave(with: ExitStatus.success.rawValue)
        }
        try RepeatedOptions.check(words)
        var command = try parseAsRoot(words)
        try command.run()
        Failure.leave(with: ExitStatus.success.rawValue)
      } catch {
        let unknown = UnknownOption.instead(of: error, words)
        Failure.exit(with: NegativeValue.instead(of: unknown, words))
      }
    }
  }

  /// The words of the command line; the parser calls by another name what stages call `--help-all`.
  private static var words: [String] {
    let words = Array(CommandLine.arguments.dropFirst())
    let isStage = StageCommandLines.all.contains { $0.name == words.first }
    return isStage ? words : words.map { $0 == "--help-all" ? "--help-hidden" : $0 }
  }

  /// Refuses a first word that is no command, and one after `help`, with the one that was probably meant.
  private static func checkName() throws {
    var words = CommandLine.arguments.dropFirst()
    let asksForHelp = words.first == "help"
    if asksForHelp { words = words.dropFirst() }
    var command: any ParsableCommand.Type = Self.self
    for word in asksForHelp ? words : words.prefix(1) {
      guard !word.hasPrefix("-"), !command.subcommandNames.isEmpty else { return }
      guard let next = command.subcommand(word) else {
        guard asksForHelp || word != "help" else { return }
        let clause = Suggestion.clause(for: word, among: command.subcommandNames)
        throw PipelineError(
          .usage, at: word.isEmpty ? "\"\"" : word,
          "there is no such command" + (clause.isEmpty ? "; see distill --help" : clause))
      }
      command = next
    }
  }
}
