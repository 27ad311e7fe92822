import Foundation
import TestSupport
import Testing

/// What looks at finished work takes a stage command's workspace, and what the command wrote.
@Suite struct StageWorkspaceTests {
  private func withModel(_ body: (String) throws -> Void) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(
        atPath: world.folder + "/encoder", toPath: folder + "/encoder")
      try FileManager.default.copyItem(atPath: world.artifact("rows"), toPath: folder + "/rows.h5")
      try Distill.succeed(
        [
          "finetune", "--model", "encoder", "--dataset", "rows.h5", "--output", "m.h5",
          "--max-steps", "2",
        ], in: folder)
      try body(folder)
    }
  }

  @Test func `a command that failed before it made anything is in no other command's way`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let rows = "sentence\tlabel\n" + String(repeating: "a film\tgood\n", count: 3_000)
      try Disk.write(rows, to: folder + "/rows.tsv")
      // Farther than what is looked at before the work.
      try Disk.write(rows + "bad\n", to: folder + "/bad.tsv")
      let tokenizer = ["--tokenizer", world.folder + "/encoder", "--output", "x.h5"]
      let failed = try Distill.run(
        ["dataset", "--train", "bad.tsv"] + tokenizer, in: folder)
      #expect(failed.status == 65, "\(failed.errors)")
      #expect(FileManager.default.fileExists(atPath: folder + "/x.h5.distill/manifest.json"))
      try Distill.succeed(
        ["corpus", "--text", "rows.tsv", "--format", "txt"] + tokenizer, in: folder)
      // What that made is in the way, and says so.
      let refused = try Distill.run(["dataset", "--train", "rows.tsv"] + tokenizer, in: folder)
      #expect(refused.status == 78 && refused.errors.contains("the workspace of pipeline corpus"))
    }
  }

  @Test func `metrics, status and clean take an output and its workspace`() throws {
    try withModel { folder in
      for place in ["m.h5", "m.h5.distill", "m.h5.distill/", "m.h5.distill/manifest.json"] {
        let metrics = try Distill.object(["metrics", place, "--json"], in: folder)
        #expect((metrics["finetune"] as? [String: Any])?["steps"] as? Double == 2)
        let status = try Distill.object(["status", place, "--json", "--check"], in: folder)
        #expect(status["current"] as? Bool == true)
        let clean = try Distill.succeed(["clean", place], in: folder)
        #expect(clean.lines == ["nothing to remove"])
      }
      try Disk.write("{", to: folder + "/m.h5.distill/.distill-partial-1-a")
      #expect(try Distill.succeed(["clean", "m.h5"], in: folder).output.contains("half-written"))
    }
  }

  @Test func `the status of a workspace tells what became of inputs and outputs`() throws {
    try withModel { folder in
      let config = try Disk.text(folder + "/encoder/config.json")
      try Disk.write(config + "\n", to: folder + "/encoder/config.json")
      let changed = try Distill.run(["status", "m.h5", "--check"], in: folder)
      #expect(changed.status == 3 && changed.output.contains("stale"))
      #expect(changed.output.contains("input model changed"))
      try FileManager.default.removeItem(atPath: folder + "/rows.h5")
      try Disk.write("x", to: folder + "/m.h5")
      let gone = try Distill.run(["status", "m.h5.distill", "--check"], in: folder)
      #expect(gone.status == 3)
      #expect(gone.output.contains("output finetune-model is damaged"))
      #expect(gone.output.contains("source rows is missing"))
    }
  }

  @Test func `where nothing has run the three commands say so`() throws {
    try withTemporaryFolder { folder in
      for command in ["metrics", "status", "clean"] {
        let outcome = try Distill.run([command, "."], in: folder)
        #expect(outcome.status == 66 && outcome.errorLines.count == 1)
        #expect(outcome.errors.contains("nothing has run here yet"))
      }
    }
  }

  @Test func `the end of a command names what was made and the next command, which works`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(
        atPath: world.folder + "/encoder", toPath: folder + "/encoder")
      func next(_ words: [String]) throws -> [String] {
        let errors = try Distill.succeed(words, in: folder).errors.split(separator: "\n")
        let output = try #require(words.firstIndex(of: "--output"))
        #expect(errors.contains { $0.hasSuffix(": \(words[output + 1])") }, "\(errors)")
        let last = try #require(errors.last)
        #expect(last.hasPrefix("next: distill "))
        return last.dropFirst("next: distill ".count).split(separator: " ").map(String.init)
      }
      let dataset = [
        "dataset", "--train", world.folder + "/train.tsv", "--dev", world.folder + "/dev.tsv",
        "--tokenizer", "encoder", "--max-seq-length", "32", "--output", "rows.h5",
      ]
      let finetune = try next(dataset)
      #expect(
        finetune == [
          "finetune", "--model", "encoder", "--dataset", "rows.h5", "--output", "TEACHER.h5",
        ])
      let predict = try next(finetune + ["--max-steps", "2"])
      try Distill.succeed(
        predict.map { $0 == "FILE" ? world.folder + "/test.tsv" : $0 }, in: folder)
      let corpus = [
        "corpus", "--text", world.folder + "/text.txt", "--tokenizer", "encoder",
        "--max-seq-length", "32", "--output", "corpus.h5",
      ]
      let general = try next(corpus)
      let small = [
        "--num-hidden-layers", "1", "--hidden-size", "16", "--num-attention-heads", "2",
        "--intermediate-size", "32", "--max-steps", "2",
      ]
      let task = try next(general + small)
      let words = task.map { $0 == "DATASET.h5" ? "rows.h5" : $0 }
      _ = try next(words + ["--max-steps", "2", "--allow-weak-teacher"])
    }
  }

  @Test func `metrics show every figure, and all instances of a matrix by its name`() throws {
    let world = try FinishedWorld.shared()
    let document = try Distill.object(["metrics", "tiny.yaml", "--json"], in: world.folder)
    for format in [[], ["--markdown"]] {
      let shown = try Distill.succeed(["metrics", "tiny.yaml"] + format, in: world.folder)
      for (stage, metrics) in document where stage != "schema" {
        let values = try #require(metrics as? [String: Any])
        for name in values.keys where stage != "evaluate" {
          #expect(shown.output.contains("\(name) "), "\(stage) \(name)")
        }
      }
    }
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      try Disk.write(
        """
        pipeline: m
        sources: { encoder: encoder, rows: train.tsv }
        stages:
          dataset:
            matrix: { length: [16, 32] }
            inputs: { train: rows, tokenizer: encoder }
            max_seq_length: ${length}
            output: rows-${length}
        """, to: folder + "/m.yaml")
      try Distill.succeed(["run", "m.yaml"], in: folder)
      for place in ["m.yaml", ".distill/m"] {
        let all = try Distill.object(
          ["metrics", place, "--stage", "dataset", "--json"], in: folder)
        #expect(Set(all.keys) == ["schema", "dataset@length=16", "dataset@length=32"])
      }
    }
  }

  @Test func `a workspace in the place of the output is refused before any work`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      for workspace in ["t.h5", "./t.h5", "t.h5/work"] {
        let outcome = try Distill.run(
          [
            "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
            "--output", "t.h5", "--workspace", workspace,
          ], in: folder)
        #expect(outcome.status == 64)
        #expect(
          outcome.errors.hasPrefix("distill: --workspace: \(workspace) is or lies in the output"),
          "\(outcome.errors)")
      }
      let piped = try Distill.run(
        [
          "dataset", "--train", "-", "--tokenizer", world.folder + "/encoder", "--output", "t.h5",
          "--workspace", "t.h5", "--format", "tsv",
        ], in: folder, input: "sentence\tlabel\ngood\ta\nbad\tb\n")
      #expect(piped.status == 64, "\(piped.errors)")
      #expect(piped.errors.hasPrefix("distill: --workspace: t.h5 is or lies"), "\(piped.errors)")
      #expect(Disk.files(folder).isEmpty && !Disk.isFolder(folder + "/t.h5"))
    }
  }

  @Test func `a workspace inside an input is refused, whatever path leads there`() throws {
    try withModel { folder in
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: "encoder")
      for workspace in ["encoder", "encoder/work", "./encoder/../encoder/work", "link/work"] {
        let outcome = try Distill.run(
          [
            "finetune", "--model", "encoder", "--dataset", "rows.h5", "--output", "n.h5",
            "--workspace", workspace,
          ], in: folder)
        #expect(outcome.status == 64)
        #expect(
          outcome.errors.hasPrefix("distill: --workspace: \(workspace) lies in source encoder"),
          "\(outcome.errors)")
      }
      #expect(!Disk.files(folder + "/encoder").contains { $0.contains("manifest") })
    }
  }
}
