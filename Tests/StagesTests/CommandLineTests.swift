import Foundation
import Pipelines
import Stages
import TestSupport
import Testing

/// What commands say about their own words.
@Suite struct CommandLineTests {
  @Test(arguments: Kinds.all.map { $0.kind } + ["task"])
  func `a bare stage command names what is missing and ends with 64`(command: String) throws {
    let outcome = try Distill.run([command], in: "/")
    #expect(outcome.status == 64 && outcome.output.isEmpty)
    let lines = outcome.errorLines
    #expect(lines.count > 1 && lines.count == outcome.errors.split(separator: "\n").count)
    #expect(lines.last == "distill: distill \(command) --help shows the flags")
    let missing = try Regex(#"^distill: --[a-z-]+: missing .*; give --"#)
    #expect(try lines.dropLast().allSatisfy { try missing.firstMatch(in: $0) != nil })
  }

  @Test func `an output is no stream`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let dataset = [
        "dataset", "--train", world.folder + "/train.tsv", "--tokenizer", world.folder + "/encoder",
        "--output",
      ]
      let told = "--output: nothing is written to standard output; name a file or folder"
      let refused = try Distill.run(dataset + ["-"], in: folder)
      #expect(refused.status == 64 && refused.errorLines == ["distill: \(told)"])
      let compress = [
        "compress", "--teacher", world.folder + "/encoder", "--train", world.folder + "/train.tsv",
        "--output", "-",
      ]
      for words in [compress, ["report", world.folder + "/tiny.yaml", "--output", "-"]] {
        let outcome = try Distill.run(words, in: folder)
        #expect(outcome.status == 64 && outcome.errorLines.count == 1, "\(outcome.errors)")
      }
      #expect(Disk.files(folder).isEmpty)
      try Distill.succeed(dataset + ["rows.h5"], in: folder)
    }
  }

  @Test func `a report that there is none of is told with those there are`() throws {
    let world = try FinishedWorld.shared()
    try world.withCopy { folder in
      let run = ["run", "tiny.yaml", "--report-to"]
      let refused = try Distill.run(run + ["foo"], in: folder)
      #expect(refused.status == 64)
      #expect(
        refused.errorLines == [
          #"distill: --report-to: there is no report "foo"; known: tensorboard, csv"#
        ])
      for name in ["tensorboard", "csv"] { try Distill.succeed(run + [name], in: folder) }
    }
  }

  @Test func `an option about answers in texts is named where the model looks for none`() throws {
    let world = try FinishedWorld.shared()
    let predict = [
      "predict", "--model", world.artifact("student"), "--input", world.folder + "/text.txt",
    ]
    let refused = try Distill.run(
      predict + ["--max-seq-length", "1000", "--doc-stride", "3"], in: "/")
    #expect(refused.status == 64)
    #expect(
      refused.errorLines == [
        "distill: --max-seq-length: says how answers are looked for in a text, to a model of "
          + "classification; leave --max-seq-length, --doc-stride out"
      ])
    try Distill.succeed(predict, in: "/")
  }

  @Test func `an unknown option is told as unknown, with its dashes, whatever follows it`() throws {
    for words in [["--lerning-rate"], ["--lerning-rate", "1e-4"], ["--lerning-rate=1e-4"]] {
      for command in ["task", "general"] {
        let outcome = try Distill.run([command] + words, in: "/")
        #expect(outcome.status == 64)
        #expect(
          outcome.errorLines.first
            == "distill: --lerning-rate: there is no such option; did you mean \"--learning-rate\"?"
        )
      }
    }
  }

  @Test func `everything that is wrong with a command line is told at once`() throws {
    let outcome = try Distill.run(
      [
        "general", "--lerning-rate", "1e-4", "--num-train-epochs", "few", "--losses", "hiden",
        "--threads", "none", "--output", "",
      ], in: "/")
    #expect(outcome.status == 64)
    for start in [
      "--lerning-rate: there is", "--output: the path is empty", "--teacher: missing",
      "--corpus: missing", "--num-train-epochs: expected", "--threads: expected",
    ] {
      #expect(outcome.errors.contains("distill: \(start)"), "\(outcome.errors)")
    }
  }

  @Test func `options are called by their flags on a command line and by their keys in a file`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let flags = try Distill.run(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
          "--output", "m.h5", "--load-best-model-at-end", "--eval-strategy", "no",
        ], in: folder)
      #expect(flags.status == 64)
      #expect(
        flags.errorLines == [
          "distill: --load-best-model-at-end: needs --eval-strategy steps or epoch"
        ])
      _ = try SmallWorld(in: folder)
      let text = try Disk.text(folder + "/tiny.yaml")
      try Disk.write(
        text.replacing(
          "output: student\n",
          with: "output: student\n    load_best_model_at_end: true\n"
            + "    eval_strategy: no\n"), to: folder + "/tiny.yaml")
      let keys = try Distill.run(["plan", "tiny.yaml"], in: folder)
      #expect(keys.status == 78)
      #expect(
        keys.errors.contains(
          "stages.prediction.load_best_model_at_end: needs eval_strategy: steps or epoch"),
        "\(keys.errors)")
      #expect(!keys.errors.contains("--"))
    }
  }

  @Test func `a failing stage of a pipeline file speaks of keys`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let text = try Disk.text(folder + "/tiny.yaml")
      try Disk.write(
        text.replacing("num_attention_heads: 2", with: "num_attention_heads: 3"),
        to: folder + "/tiny.yaml")
      let outcome = try Distill.run(["run", "tiny.yaml"], in: folder)
      #expect(outcome.status == 64)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.contains("or another hidden_size"))
      #expect(!FileManager.default.fileExists(atPath: folder + "/.distill/tiny/manifest.json"))
    }
  }

  @Test func `a list option of task may be given piece by piece`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Distill.succeed(
        [
          "task", "--teacher", world.artifact("teacher"), "--student",
          world.artifact("general_student"), "--dataset", world.artifact("rows"), "--output",
          "t.h5",
          "--phase", "intermediate", "--losses", "hidden", "--losses", "attention", "--max-steps",
          "1",
        ], in: folder)
      let manifest = try Disk.text(folder + "/t.h5.distill/manifest.json")
      let losses = try #require(manifest.firstRange(of: #""losses": "#)).upperBound
      #expect(manifest[losses...].prefix(80).contains("hidden"))
      #expect(manifest[losses...].prefix(80).contains("attention"))
    }
  }

  @Test func `the parser's own complaints have the style of all others`() throws {
    for (words, start) in [
      (["plan", "--jso", "x.yaml"], "Unknown option '--jso'. Did you mean '--json'?"),
      (["runs", "show"], "Missing expected argument '<attempt>'"),
      (["run", "x.yaml", "--jobs", "0"], "--jobs must be from 1 to 256"),
    ] {
      let outcome = try Distill.run(words, in: "/")
      #expect(outcome.status == 64 && outcome.output.isEmpty)
      #expect(
        outcome.errors
          == "distill: \(start); see distill \(words[0] == "runs" ? "runs show" : words[0]) --help\n",
        "\(outcome.errors)"
      )
    }
  }

  @Test func `text of others comes as one short line without control characters`() throws {
    try withTemporaryFolder { folder in
      let nasty = "a\u{1B}[31mred\u{202E}\nnext" + String(repeating: "x", count: 100_000)
      try Disk.write(
        "pipeline: \"\(nasty.replacing("\n", with: "\\n"))\"\n", to: folder + "/p.yaml")
      for words in [
        ["general", "--teacher", "x", "--corpus", "x", "--output", "o", "--learning-rate", nasty],
        ["general", "--" + nasty], ["metrics", "p.yaml", "--stage", nasty], [nasty],
        ["run", "p.yaml"], ["predict", "--model", nasty, "--input", "x.txt"],
      ] {
        let outcome = try Distill.run(words, in: folder)
        #expect(outcome.status != 0 && outcome.errors.utf8.count <= 4_096)
        #expect(!outcome.errors.contains("\u{1B}") && !outcome.errors.contains("\u{202E}"))
        #expect(outcome.errorLines.count == outcome.errors.split(separator: "\n").count)
      }
    }
  }

  @Test func `help of task says the defaults of both phases, and what a preset makes of them`()
    throws
  {
    func rate(_ words: [String]) throws -> String? {
      let lines = try Distill.succeed(["task", "--help"] + words, in: "/").lines
      let place = lines.firstIndex { $0.contains("--learning-rate VALUE") }
      return place.map { lines[$0...].prefix(3).joined(separator: " ") }
    }
    #expect(try rate([])?.contains("(0.0005; prediction 5e-05)") == true)
    #expect(try rate(["--preset", "tinybert"])?.contains("(5e-05; prediction 3e-05)") == true)
  }

  @Test func `help of a list says how several are written, and so they are taken`() throws {
    let help = try Distill.succeed(["evaluate", "--help"], in: "/").lines
      .map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
    #expect(
      help.contains("that are there, by default; several between commas, or the flag"))
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      for splits in [["--splits", "dev,test"], ["--splits", "dev", "--splits", "test"]] {
        let table = try Distill.succeed(
          [
            "evaluate", "--models", world.artifact("student"), "--dataset", world.artifact("rows"),
            "--workspace", "w", "--json",
          ] + splits, in: folder)
        let text = table.lines.joined()
        #expect(text.contains("dev_accuracy") && text.contains("test_accuracy"))
      }
    }
  }

  @Test(
    arguments: Kinds.all.map { $0.kind } + [
      "task", "run", "plan", "status", "watch", "clean", "adopt", "verify", "inspect", "doctor",
      "predict", "tokenize", "init", "compress", "completion", "man", "report", "dag",
    ])
  func `help fits into 80 columns`(command: String) throws {
    let help = try Distill.succeed([command, "--help"], in: "/")
    #expect(help.lines.allSatisfy { $0.count <= 80 })
    let all = try Distill.succeed([command, "--help-all"], in: "/")
    #expect(all.lines.allSatisfy { $0.count <= 80 } && all.lines.count >= help.lines.count)
  }

  @Test func `help keeps what few need for those who ask for all, and counts it`() throws {
    let help = try Distill.succeed(["general", "--help"], in: "/").output
    #expect(help.contains("STUDENT:") && help.contains("TRAINING:"))
    #expect(help.contains("--learning-rate VALUE") && !help.contains("--adam-beta1"))
    let all = try Distill.succeed(["general", "--help-all"], in: "/").output
    #expect(all.contains("--adam-beta1 VALUE") && !all.contains("more options"))
    let count = try #require(help.firstMatch(of: /(\d+) more options: distill general --help-all/))
    let options = { (text: String) in text.matches(of: /\n  --/).count }
    #expect(Int(count.1) == options(all) - options(help))
  }

  @Test func `an empty workspace is refused and nothing is written to the root`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let stage = try Distill.run(
        [
          "dataset", "--train", world.folder + "/train.tsv", "--tokenizer",
          world.folder + "/encoder", "--output", "rows.h5", "--workspace", "",
        ], in: folder)
      #expect(stage.status == 64)
      #expect(stage.errors.hasPrefix("distill: --workspace: the path is empty"))
      _ = try SmallWorld(in: folder)
      let run = try Distill.run(["run", "tiny.yaml", "--workspace", ""], in: folder)
      #expect(run.status == 64)
      #expect(run.errors.hasPrefix("distill: --workspace: the path is empty"))
      #expect(!FileManager.default.fileExists(atPath: "/manifest.json"))
      #expect(!FileManager.default.fileExists(atPath: folder + "/rows.h5"))
    }
  }

  @Test func `the version says what the program is made of`() throws {
    let lines = try Distill.succeed(["--version"], in: "/").lines
    for name in ["distill", "compiler", "matrix products", "HDF5", "instruction set"] {
      #expect(lines.contains { $0.hasPrefix("\(name): ") && $0.count > name.count + 2 })
    }
  }
}
