import TestSupport
import Testing

/// Completion as bash has it.
enum Bash {
  /// What bash offers for the last of `words`, `distill` being what `function` says.
  static func offered(
    _ words: [String], in folder: String, distill function: String? = nil
  ) throws -> [String] {
    let script = try Distill.succeed(["completion", "bash"], in: folder).output
    try Disk.write(script, to: folder + "/completion.bash")
    let line = words.map { "'\($0)'" }.joined(separator: " ")
    let outcome = try Program.run(
      "/bin/bash",
      [
        "--norc", "-c",
        """
        distill() { \(function ?? "'\(Distill.path)' \"$@\""); }
        source completion.bash || exit 1
        COMP_WORDS=(distill \(line)); COMP_CWORD=\(words.count)
        _distill
        printf '%s\\n' "${COMPREPLY[@]}"
        """,
      ], in: folder)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    return outcome.lines
  }
}
