import Files
import Foundation
import Pipelines
import Stages
import TestSupport
import Testing

/// What `distill` gives to shells and to man.
@Suite struct ShellCommandTests {
  @Test func `bash completes commands, options, choices and files`() throws {
    try withTemporaryFolder { folder in
      try Disk.write("", to: folder + "/my.yaml")
      try Disk.write("", to: folder + "/my.txt")
      #expect(try Bash.offered(["comp"], in: folder) == ["compress", "completion"])
      #expect(try Bash.offered(["runs", "d"], in: folder) == ["diff"])
      #expect(try Bash.offered(["general", "--learning"], in: folder) == ["--learning-rate"])
      #expect(
        try Bash.offered(["task", "--prediction-learning"], in: folder)
          == ["--prediction-learning-rate"])
      #expect(
        try Bash.offered(["general", "--student", "tinybert-4"], in: folder) == ["tinybert-4l-312"])
      #expect(
        try Bash.offered(["general", "--student", "=", "tinybert-4"], in: folder)
          == ["tinybert-4l-312"])
      #expect(try Bash.offered(["run", "my"], in: folder) == ["my.yaml"])
      #expect(
        try Bash.offered(["dataset", "--train", "my"], in: folder).sorted() == [
          "my.txt", "my.yaml",
        ])
      #expect(try Bash.offered(["dag", "x", "--format", "m"], in: folder) == ["mermaid"])
    }
  }

  @Test func `what a stranger's workspace calls its stages is never run by a shell`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let path = folder + "/w/manifest.json"
      try FileManager.default.createDirectory(
        atPath: folder + "/w", withIntermediateDirectories: false)
      // A manifest with a seal that fits.
      let text = try Disk.text(world.folder + "/.distill/tiny/manifest.json")
      let odd = text.replacing(
        #""stage": "corpus""#, with: #""stage": "corpus$(touch ran)\u001b[31m""#
      )
      .replacing(#""corpus": {"#, with: #""corpus$(touch ran)\u001b[31m": {"#)
      let before = try #require(try StrictJSON.parse(Array(text.utf8), path: path).object)
      let after = try #require(try StrictJSON.parse(Array(odd.utf8), path: path).object)
      let seal = Digest.of(try #require(after["content"]).encoded()).hexadecimal
      let old = try #require(before["checksum"]?.string)
      try Disk.write(odd.replacing(old, with: seal), to: path)
      let status = try Distill.succeed(["status", "w"], in: folder)
      let metrics = try Distill.succeed(["metrics", "w"], in: folder)
      for output in [status.output, metrics.output] {
        #expect(output.contains(#"corpus$(touch ran)\u{1b}[31m"#), "\(output)")
        #expect(!output.contains("\u{1b}"))
      }
      let words = try Bash.offered(["metrics", "show", "w", "--stage", ""], in: folder)
      #expect(words.contains("dataset") && !words.contains { $0.contains("touch") })
      #expect(!FileManager.default.fileExists(atPath: folder + "/ran"))
    }
  }

  @Test func `bash offers every option and choice of every stage`() throws {
    try withTemporaryFolder { folder in
      for kind in Kinds.all {
        let all = Set(try Bash.offered([kind.kind, "--"], in: folder))
        for field in kind.fields {
          #expect(all.contains("--" + field.flag), "\(kind.kind) \(field.flag)")
        }
        for port in kind.inputs { #expect(all.contains("--" + port.flag)) }
        #expect(all.isSuperset(of: ["--output", "--seed", "--workspace", "--help"]))
        guard
          let choice = kind.fields.first(where: {
            if case .choice = $0.type { true } else { false }
          }),
          case .choice(let words) = choice.type
        else { continue }
        #expect(try Bash.offered([kind.kind, "--" + choice.flag, ""], in: folder) == words)
      }
    }
  }

  @Test func `stages and settings come from the pipeline that is named`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      #expect(try Bash.offered(["run", "tiny.yaml", "--until", "ev"], in: folder) == ["evaluate"])
      #expect(
        try Bash.offered(["plan", "tiny.yaml", "--set", "stages.prediction.alp"], in: folder)
          == ["stages.prediction.alpha="])
      #expect(
        try Bash.offered(["run", "nowhere.yaml", "--until", "ev"], in: folder).joined().isEmpty)
    }
  }

  /// A program of that name in the usual places.
  private static func program(_ name: String) -> String? {
    ["/usr/bin/", "/bin/", "/usr/local/bin/"].map { $0 + name }.first(where: fileExists)
  }

  /// What is not installed is no failure, but is told.
  private static func lacks(_ name: String) -> Comment { "\(name) is not installed" }

  /// Writes a shell's script as `completion`, and has the shell read it without running it.
  private func check(_ shell: String, in folder: String) throws -> String {
    let script = try Distill.succeed(["completion", shell], in: folder).output
    try Disk.write(script, to: folder + "/completion")
    let program = try #require(Self.program(shell))
    let outcome = try Program.run(program, ["-n", "completion"], in: folder)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(shell): \(outcome.errors)")
    return program
  }

  @Test func `the scripts of zsh and fish know the options`() throws {
    let zsh = try Distill.succeed(["completion", "zsh"], in: "/tmp").output
    #expect(zsh.contains("--learning-rate"))
    let fish = try Distill.succeed(["completion", "fish"], in: "/tmp").output
    #expect(fish.contains("-l learning-rate"))
  }

  @Test(.enabled(if: program("zsh") != nil, lacks("zsh")))
  func `zsh takes its script`() throws {
    try withTemporaryFolder { folder in _ = try check("zsh", in: folder) }
  }

  @Test(.enabled(if: program("fish") != nil, lacks("fish")))
  func `fish takes its script, and completes`() throws {
    try withTemporaryFolder { folder in
      let told = try Program.run(
        try check("fish", in: folder),
        ["-c", "source completion; complete -C 'distill general --student tinybert-4'"],
        in: folder)
      #expect(told.output.hasPrefix("tinybert-4l-312"), "\(told.output)\(told.errors)")
    }
  }

  /// Types lines into a zsh with a terminal of its own, presses tab, and prints those that did not become
  /// what they should within 20 seconds.
  private static let typing = #"""
    zmodload zsh/zpty
    zpty shell "TERM=dumb COLUMNS=200 zsh -f -i"
    shows() {
      local seen= part= tries=0
      while (( tries++ < 200 )); do
        while zpty -r -t shell part; do seen+=$part; done
        [[ $seen == *"$1"* ]] && return 0
        sleep 0.1
      done
      print -r -- "instead of $1: $seen"
      return 1
    }
    zpty -w shell "PS1=; cd $PWD; fpath=($PWD \$fpath); autoload -Uz compinit; compinit -u -D"
    zpty -w shell "distill() { '$DISTILL' "\$@"; }; print RE''ADY"
    shows READY || exit 1
    while (( $# )); do
      zpty -n -w shell "$1"$'\t'
      shows "$2" || exit 1
      zpty -n -w shell $'\x15'
      shift 2
    done
    zpty -d shell
    """#

  @Test(.enabled(if: program("zsh") != nil, lacks("zsh")))
  func `zsh completes what is typed`() throws {
    let zsh = try #require(Self.program("zsh"))
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      try Disk.write(
        try Distill.succeed(["completion", "zsh"], in: folder).output, to: folder + "/_distill")
      try Disk.write(Self.typing, to: folder + "/typing")
      let outcome = try Program.run(
        zsh,
        [
          "-f", "typing", "distill compr", "distill compress ", "distill runs li",
          "distill runs list ", "distill general --student tinybert-4",
          "distill general --student tinybert-4l-312", "distill run ti", "distill run tiny.yaml",
          "distill run tiny.yaml --until ev", "distill run tiny.yaml --until evaluate",
        ], in: folder, variables: ["DISTILL": Distill.path])
      #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.output)\(outcome.errors)")
    }
  }

  @Test func `the manual page names every command, and what of the environment is heeded`() throws {
    let page = try Distill.succeed(["man"], in: "/tmp").output
    for kind in Kinds.all { #expect(page.contains(".SS distill \(kind.kind)\n")) }
    #expect(page.contains("\\fB\\-\\-learning\\-rate\\fR"))
    for name in [
      "TRACKING_URI", "EXPERIMENT_NAME", "EXPERIMENT_ID", "RUN_ID", "TAGS", "TRACKING_USERNAME",
      "TRACKING_PASSWORD", "TRACKING_TOKEN", "TRACKING_SERVER_CERT_PATH",
      "TRACKING_CLIENT_CERT_PATH", "TRACKING_INSECURE_TLS",
    ] {
      #expect(page.contains("MLFLOW_" + name))
    }
    for name in ["HOST", "TOKEN", "CONFIG_FILE", "CONFIG_PROFILE"] {
      #expect(page.contains("DATABRICKS_" + name))
    }
    #expect(page.contains("XDG_CACHE_HOME"))
  }

  @Test(.enabled(if: program("groff") != nil, lacks("groff")))
  func `the manual page is rendered without a warning`() throws {
    let groff = try #require(Self.program("groff"))
    try withTemporaryFolder { folder in
      let page = try Distill.succeed(["man"], in: folder).output
      try Disk.write(page, to: folder + "/distill.1")
      let outcome = try Program.run(
        groff, ["-man", "-Tutf8", "-ww", "-z", "distill.1"], in: folder)
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    }
  }
}
