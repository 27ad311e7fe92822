import Foundation
import TestSupport
import Testing

/// What somebody types who comes from another tool, or who has just begun.
@Suite struct FirstWordsTests {
  @Test(arguments: [
    ("epochs", "num-train-epochs"), ("lr", "learning-rate"), ("wd", "weight-decay"),
    ("batch-size", "per-device-train-batch-size"), ("batch_size", "per-device-train-batch-size"),
    ("patience", "early-stopping-patience"), ("steps", "max-steps"), ("output-dir", "output"),
    ("model-name-or-path", "model"), ("warmup-steps", "warmup-ratio"), ("bf16", "precision"),
  ])
  func `the name that other tools have for an option leads to it`(
    written: String, meant: String
  ) throws {
    let outcome = try Distill.run(["finetune", "--" + written, "3"], in: "/")
    #expect(outcome.status == 64)
    #expect(
      outcome.errors.contains(
        "distill: --\(written): there is no such option; did you mean \"--\(meant)\"?\n"),
      "\(outcome.errors)")
  }

  @Test func `in a pipeline file and with --set too`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let outcome = try Distill.run(
        ["plan", "tiny.yaml", "--set", "stages.teacher.epochs=3"], in: folder)
      #expect(outcome.status != 0)
      #expect(
        outcome.errors.contains(
          #"finetune has no such option; did you mean "num_train_epochs"?"#), "\(outcome.errors)")
      try Distill.succeed(
        ["plan", "tiny.yaml", "--set", "stages.teacher.num_train_epochs=3"], in: folder)
    }
  }

  @Test func `where no file is named, that which init writes is meant`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      for command in [
        ["run"], ["plan"], ["status"], ["metrics"], ["report"], ["dag"], ["runs", "list"],
        ["watch"], ["clean"], ["track", "sync"],
      ] {
        let refused = try Distill.run(command, in: folder)
        #expect(refused.status == 64 && refused.errors.split(separator: "\n").count == 1)
        #expect(
          refused.errors.contains(
            "no pipeline file is named, and here is no distill.yaml; name one, or make one: distill init"
          ), "\(command) \(refused.errors)")
      }
      try Distill.succeed(
        ["init", "--teacher", "encoder", "--train", "train.tsv", "--dev", "dev.tsv"], in: folder)
      let plan = try Distill.succeed(["plan"], in: folder)
      #expect(plan.errors.hasSuffix("next: distill run distill.yaml\n"))
      let until = try Distill.succeed(["run", "--until", "dataset"], in: folder)
      // What was made is named, and nothing that was not.
      #expect(until.errors.contains("dataset: ") && !until.errors.contains("student"))
      #expect(try Distill.succeed(["metrics"], in: folder).output.contains("train_rows 64"))
      for command in [
        ["status"], ["status", "."], ["plan", "."], ["dag"], ["runs", "list"], ["report"],
        ["clean", "--dry-run"],
      ] {
        try Distill.succeed(command, in: folder)
      }
      #expect(try Bash.offered(["run", "--until", "cor"], in: folder) == ["corpus"])
    }
  }

  @Test func `stages are completed behind metrics too, whose usual command has no name`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      #expect(
        try Bash.offered(["metrics", "tiny.yaml", "--stage", "ev"], in: folder) == ["evaluate"])
      #expect(try Bash.offered(["metrics", "ti"], in: folder) == ["tiny.yaml"])
      #expect(try Bash.offered(["metrics", "sh"], in: folder) == ["show"])
    }
  }

  private static let rows =
    "good film\tpositive\nbad film\tnegative\nwarm film\tpositive\ndull film\tnegative\n"

  @Test func `files with and without header go together, or it is told which lacks one`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write(Self.rows, to: folder + "/bare.tsv")
      try Disk.write("sentence\tlabel\n" + Self.rows, to: folder + "/headed.tsv")
      try Disk.write("review\tsentiment\n" + Self.rows, to: folder + "/other.tsv")
      func dataset(_ train: String, _ dev: String) -> [String] {
        [
          "dataset", "--train", train, "--dev", dev, "--tokenizer", "encoder", "--output", "r.h5",
          "--max-seq-length", "24",
        ]
      }
      let refused = try Distill.run(dataset("bare.tsv", "headed.tsv"), in: folder)
      #expect(refused.errors.contains("or all columns with --columns if this line is a row"))
      for (train, dev) in [("bare.tsv", "headed.tsv"), ("headed.tsv", "bare.tsv")] {
        let read = try Distill.succeed(
          dataset(train, dev) + ["--columns", "sentence,label"], in: folder)
        #expect(
          read.errors.contains(
            "headed.tsv:1: the first row says the names of --columns itself: it is a header, and no row"
          ))
        #expect(read.errors.contains("train_rows 4") && read.errors.contains("dev_rows 4"))
      }
      let start = ["init", "--overwrite", "--teacher", "encoder", "--train"]
      try Distill.succeed(start + ["bare.tsv", "--dev", "headed.tsv"], in: folder)
      try Distill.succeed(["run", "--until", "dataset"], in: folder)
      for (train, dev, fault) in [
        ("bare.tsv", "other.tsv", "has a header and bare.tsv has none; write the same first line"),
        ("other.tsv", "bare.tsv", "has no header and other.tsv has one; write its first line into"),
      ] {
        let outcome = try Distill.run(start + [train, "--dev", dev], in: folder)
        #expect(outcome.status == 65 && outcome.errors.contains("\(dev): \(fault)"))
        #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
      }
      try Disk.write("review\tsentiment\n" + Self.rows, to: folder + "/bare.tsv")
      try Distill.succeed(start + ["bare.tsv", "--dev", "other.tsv"], in: folder)
      try Distill.succeed(["run", "--until", "dataset"], in: folder)
    }
  }

  @Test func `a score as good as the best is told once, and the earlier weights stay`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let outcome = try Distill.succeed(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
          "--output", "m.h5", "--learning-rate", "0", "--num-train-epochs", "4",
          "--load-best-model-at-end", "--per-device-train-batch-size", "32",
        ], in: folder)
      let told = outcome.errors.matches(of: /after step \d+ is as good as after step (\d+)/)
      #expect(told.count == 1, "\(outcome.errors)")
      #expect(told.first?.output.1 == "2")
      #expect(outcome.errors.contains("the weights of the best score, after step 2 of 8"))
    }
  }
}
