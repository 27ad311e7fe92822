import Pipelines

/// The command with which a run goes on that was stopped: the one that was given, but that `--force`, which
/// begins a stage from its beginning each time, is left out for stages that have begun.
enum ResumingCommand {
  private static let flag = "--force"

  /// Its words after the program's name.
  ///
  /// - Parameters:
  ///   - words: Those of the command that was given.
  ///   - stages: What is run, each stage by its name and that of the file.
  ///   - begun: The stages that this run has begun.
  ///   - namesStages: Whether the option names a stage; that of a stage's command is about all it runs.
  /// - Returns: The words.
  static func words(
    _ words: [String], of stages: [(name: String, baseName: String)], begun: Set<String>,
    namesStages: Bool
  ) -> [String] {
    var kept: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word == flag || word.hasPrefix(flag + "=") else {
        kept.append(word)
        continue
      }
      var given = [word]
      let isApart = word == flag
      let isValue = namesStages || ["true", "false"].contains(rest.first ?? "")
      if isApart, isValue, let value = rest.popFirst() { given.append(value) }
      guard namesStages else {
        if begun.isEmpty { kept += given }
        continue
      }
      let name = isApart ? given.last ?? "" : String(word.dropFirst(flag.count + 1))
      let meant = stages.filter { $0.name == name || $0.baseName == name }.map(\.name)
      let left = meant.filter { !begun.contains($0) }
      kept += left == meant ? given : left.flatMap { [flag, $0] }
    }
    return kept
  }
}

extension RunSummary {
  /// The stages that have begun in this run, or were taken from the run cache.
  var begun: Set<String> { Set(ran + restored + interrupted + failures.map(\.stage)) }
}
