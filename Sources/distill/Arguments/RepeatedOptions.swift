import Pipelines

/// Options that take one value and are given several times: the argument parser would take the last
/// without a word, and the work would be another than the one asked for.
enum RepeatedOptions {
  private static let helpNames = ["-h", "--help", "--help-hidden"]

  /// Refuses them.
  ///
  /// - Parameter words: The command line after the program's name.
  /// - Throws: `PipelineError` with status `usage` that names each; `FileError` where the parser describes
  ///   itself in a way that is not understood.
  static func check(_ words: [String]) throws {
    let names = Self.names(in: words)
    // To describe all commands takes longer than to look here; stages look at their own words. Options of
    // one letter have a long name too.
    let mayRepeat = Set(names).count < names.count || names.contains { !$0.hasPrefix("--") }
    guard names.count > 1, mayRepeat, !names.contains(where: helpNames.contains),
      !StageCommandLines.all.contains(where: { $0.name == words.first })
    else { return }
    var command = try CommandDescription.program()
    for word in words {
      guard let next = command.subcommands.first(where: { $0.name == word }) else { break }
      command = next
    }
    let faults = faults(of: names, taking: command.takenOptions)
    guard faults.isEmpty else { throw PipelineError(.usage, faults: faults) }
  }

  /// The names of options among the words, as they are written and in their order.
  static func names(in words: [String]) -> [String] {
    words.prefix { $0 != "--" }.filter { $0.hasPrefix("-") && $0 != "-" }.map { word in
      String(word.prefix { $0 != "=" })
    }
  }

  /// What is wrong with names, one fault for each option.
  static func faults(
    of names: [String], taking options: [CommandDescription.Option]
  ) -> [PipelineFault] {
    options.filter { $0.value != nil && !$0.isRepeating }.compactMap { option in
      let count = names.count { option.names.contains($0) }
      guard count > 1, let name = option.names.first else { return nil }
      return PipelineFault(keyPath: name, message: "given \(count) times; give it once")
    }
  }
}
