import Files
import Foundation
import HDF5
import Pipelines
import Stages
import TestSupport
import Testing

@Suite struct StageCommandTests {
  @Test func `the command of a stage makes what its node in a pipeline makes`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let output = folder + "/general.h5"
      try Distill.succeed(
        [
          "general", "--teacher", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
          "--output", output,
        ] + SmallWorld.flags(SmallWorld.general) + SmallWorld.flags(SmallWorld.batch), in: folder)
      #expect(try Disk.content(output) == Disk.content(world.artifact("general_student")))
      let again = try Distill.succeed(
        [
          "general", "--teacher=\(world.folder)/encoder", "--corpus", world.artifact("corpus"),
          "--output", output,
        ] + SmallWorld.flags(SmallWorld.general) + SmallWorld.flags(SmallWorld.batch), in: folder)
      #expect(again.errors.contains("nothing to do"))
    }
  }

  @Test func `a record that cannot be written is told once and stops nothing`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/rows.h5.distill/metrics.jsonl", withIntermediateDirectories: true)
      let outcome = try Distill.succeed(
        [
          "dataset", "--train", world.folder + "/train.tsv", "--tokenizer",
          world.folder + "/encoder", "--output", "rows.h5",
        ], in: folder)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.contains("distill: metrics were not recorded: "))
      #expect(outcome.errors.contains("dataset: 1 stage run"))
    }
  }

  @Test func `corpus and dataset are the same bytes at any number of threads`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      var numbers = ArbitraryNumbers(8)
      // More than the batches that threads are given: 64 KiB of text, 512 rows.
      let sentences = (0..<5000).map { SmallWorld.sentence(isGood: $0 % 2 == 0, &numbers) }
      try Disk.write(sentences.joined(separator: "\n"), to: folder + "/text.txt")
      let rows = sentences.enumerated().map { "\($1)\t\($0 % 2)\n" }
      try Disk.write("sentence\tlabel\n" + rows.joined(), to: folder + "/rows.tsv")
      let made = try ["1", "2", "5"].map { threads in
        let last = ["--tokenizer", world.folder + "/encoder", "--threads", threads, "--output"]
        try Distill.succeed(
          ["corpus", "--text", "text.txt"] + last + ["c\(threads).h5"], in: folder)
        try Distill.succeed(
          ["dataset", "--train", "rows.tsv"] + last + ["d\(threads).h5"], in: folder)
        return try ["c", "d"].map { try Disk.bytes("\(folder)/\($0)\(threads).h5") }
      }
      #expect(made[1] == made[0] && made[2] == made[0])
      #expect(try ArtifactReader(path: folder + "/c1.h5").int64s("offsets").count == 5001)
    }
  }

  @Test func `the command task makes what the intermediate and the prediction node make`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let output = folder + "/student.h5"
      let flags =
        SmallWorld.flags(SmallWorld.batch)
        + SmallWorld.flags(SmallWorld.intermediate, prefix: "intermediate_")
        + SmallWorld.flags(SmallWorld.prediction, prefix: "prediction_")
      try Distill.succeed(
        [
          "task", "--teacher", world.artifact("teacher"), "--student",
          world.artifact("general_student"), "--dataset", world.artifact("augmented"), "--output",
          output, "--last-model", "last.h5",
        ] + flags, in: folder)
      #expect(try Disk.content(output) == Disk.content(world.artifact("student")))
      try Distill.succeed(["inspect", "last.h5"], in: folder)
    }
  }

  @Test func `the phases of task may be run one by one`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let inputs = [
        "--teacher", world.artifact("teacher"), "--dataset", world.artifact("augmented"),
      ]
      let refused = try Distill.run(
        [
          "task", "--phase", "intermediate", "--student", world.artifact("general_student"),
          "--output", "half.h5", "--last-model", "last.h5",
        ] + inputs, in: folder)
      #expect(refused.status == 64 && refused.errors.contains("--last-model: not with --phase"))
      try Distill.succeed(
        [
          "task", "--phase", "intermediate", "--student", world.artifact("general_student"),
          "--output", "half.h5",
        ] + inputs + SmallWorld.flags(SmallWorld.batch)
          + SmallWorld.flags(SmallWorld.intermediate), in: folder)
      try Distill.succeed(
        ["task", "--phase", "prediction", "--student", "half.h5", "--output", "student.h5"]
          + inputs + SmallWorld.flags(SmallWorld.batch) + SmallWorld.flags(SmallWorld.prediction),
        in: folder)
      #expect(
        try Disk.content(folder + "/student.h5") == Disk.content(world.artifact("student")))
    }
  }

  @Test func `the weights after the last step are kept beside the best`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let command = [
        "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
        "--num-train-epochs", "8", "--learning-rate", "2e-3", "--eval-strategy", "steps",
        "--eval-steps", "3", "--output",
      ]
      try Distill.succeed(command + ["plain.h5"], in: folder)
      try Distill.succeed(
        command + ["best.h5", "--load-best-model-at-end", "--last-model", "last.h5"], in: folder)
      let contents = try ["plain", "best", "last"].map { try Disk.content("\(folder)/\($0).h5") }
      #expect(contents[2] == contents[0] && contents[1] != contents[0])
    }
  }

  @Test(arguments: Kinds.all.map { $0.kind } + ["task"])
  func `the help of a stage names every port and option`(command: String) throws {
    let help = try Distill.succeed([command, "--help-all"], in: "/")
    #expect(help.output.contains("--output PATH"))
    for kind in Kinds.all where kind.kind == command {
      for port in kind.inputs {
        #expect(help.output.contains("--\(port.name.replacing("_", with: "-")) PATH"))
      }
      for field in kind.fields { #expect(help.output.contains("--\(field.flag)")) }
    }
  }

  @Test func `an output named as a file of the user's is refused, and replaced when told`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write("mine\n", to: folder + "/mine.tsv")
      let command = [
        "dataset", "--train", world.folder + "/train.tsv", "--tokenizer", world.folder + "/encoder",
        "--output", "mine.tsv",
      ]
      let refused = try Distill.run(command, in: folder)
      #expect(refused.status == 73 && refused.errorLines.count == 1)
      #expect(
        refused.errors.contains("mine.tsv: is there") && refused.errors.contains("--overwrite"))
      #expect(try Disk.bytes(folder + "/mine.tsv") == Data("mine\n".utf8))
      #expect(Disk.files(folder) == ["mine.tsv"])
      try Distill.succeed(command + ["--overwrite"], in: folder)
      // Now it is an artifact, whoever has made it.
      try removeTree(folder + "/mine.tsv.distill")
      try Distill.succeed(command, in: folder)

      try FileManager.default.createDirectory(
        atPath: folder + "/model", withIntermediateDirectories: true)
      try Disk.write("{}", to: folder + "/model/config.json")
      let export = ["export", "--model", world.artifact("teacher"), "--output", "model"]
      #expect(try Distill.run(export, in: folder).status == 73)
      #expect(try Disk.bytes(folder + "/model/config.json") == Data("{}".utf8))
      try Distill.succeed(export + ["--overwrite"], in: folder)
      try Distill.succeed(export + ["--force"], in: folder)
    }
  }

  @Test func `a file system without locks is worked on, and it is said how`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      for (code, name) in ["ENOLCK", "ENOSYS", "EOPNOTSUPP"].enumerated() {
        let (source, library) = (folder + "/no.c", "\(folder)/no\(code).so")
        try Disk.write(
          "#include <errno.h>\nint flock(int f, int o) { (void)f; (void)o; errno = \(name); return -1; }",
          to: source)
        let built = try Program.run(
          "/usr/bin/env", ["clang", "-shared", "-fPIC", "-o", library, source])
        #expect(built.status == 0, "\(built.errors)")
        let command = [
          "dataset", "--train", world.folder + "/train.tsv", "--tokenizer",
          world.folder + "/encoder", "--output", "rows\(code).h5",
        ]
        let outcome = try Program.run(
          Distill.path, command, in: folder, variables: ["LD_PRELOAD": library])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "this file system has no locks").count == 2)
        let workspace = "\(folder)/rows\(code).h5.distill"
        #expect(!fileExists(workspace + "/.lock.owner"))
        // One of a machine that went down, and its cure.
        try Disk.write("elsewhere\nprocess 7\n1\nboot\n", to: workspace + "/.lock.owner")
        let refused = try Program.run(
          Distill.path, command, in: folder, variables: ["LD_PRELOAD": library])
        #expect(refused.status == 75 && refused.errorLines.count == 1)
        #expect(refused.errors.contains("process 7 on elsewhere holds the lock"))
        try removeFile(workspace + "/.lock.owner")
        #expect(
          try Program.run(Distill.path, command, in: folder, variables: ["LD_PRELOAD": library])
            .status == 0)
      }
    }
  }

  @Test func `a file of nothing is refused at once`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write("x", to: folder + "/huge.txt")
      #expect(unsafe truncate(folder + "/huge.txt", 1 << 40) == 0)
      let outcome = try Distill.run(
        [
          "corpus", "--text", "huge.txt", "--tokenizer", world.folder + "/encoder", "--output",
          "c.h5",
        ], in: folder)
      #expect(outcome.status == 65 && outcome.errorLines.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains("huge.txt: is sparse: "))
    }
  }

  @Test func `a result may be named as the user likes and still be an artifact`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Distill.succeed(
        [
          "dataset", "--train", world.folder + "/train.tsv", "--dev", world.folder + "/dev.tsv",
          "--tokenizer", world.folder + "/encoder", "--max-seq-length", "32", "--output", "rows",
        ], in: folder)
      try Distill.succeed(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", "rows", "--output",
          "model", "--max-steps", "2",
        ], in: folder)
    }
  }
}
