import Files
import Foundation
import TestSupport
import Testing

/// `distill runs`, over attempts that a user made one after the other.
@Suite struct RunsCommandTests {
  /// Three attempts at a dataset in a workspace, the last of which failed.
  private func withAttempts(_ body: (String) throws -> Void) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let command = [
        "dataset", "--train", "train.tsv", "--tokenizer", world.folder + "/encoder", "--output",
        "rows.h5", "--max-seq-length",
      ]
      try FileManager.default.copyItem(
        atPath: world.folder + "/train.tsv", toPath: folder + "/train.tsv")
      try Distill.succeed(command + ["16"], in: folder)
      try Distill.succeed(command + ["24"], in: folder)
      try body(folder)
    }
  }

  private func attempts(_ arguments: [String], in folder: String) throws -> [[String: Any]] {
    let document = try Distill.object(["runs", "list", "rows.h5"] + arguments, in: folder)
    #expect(document["schema"] as? String == "distill.attempts/1")
    return try #require(document["attempts"] as? [[String: Any]])
  }

  @Test func `every attempt is listed, filtered, ordered and printed in every format`() throws {
    try withAttempts { folder in
      let all = try attempts(["--json"], in: folder)
      #expect(all.compactMap { $0["status"] as? String } == ["done", "done"])
      #expect(all.compactMap { $0["current"] as? Bool } == [false, true])
      let lengths = all.compactMap { ($0["options"] as? [String: Any])?["max_seq_length"] as? Int }
      #expect(lengths == [16, 24])
      let filter = ["--where", "options.max_seq_length < 20 and stage = dataset", "--json"]
      #expect(try attempts(filter, in: folder).count == 1)
      let sorted = try attempts(["--sort", "options.max_seq_length desc", "--json"], in: folder)
      #expect(sorted.first?["id"] as? String == all.last?["id"] as? String)
      #expect(
        try attempts(["--limit", "1", "--json"], in: folder).first?["current"] as? Bool == true)
      let text = try Distill.succeed(["runs", "list", "rows.h5"], in: folder)
      #expect(text.lines.count == 3)
      #expect(text.lines.last?.contains("max_seq_length 16 -> 24") == true)
      let markdown = try Distill.succeed(
        ["runs", "list", "rows.h5", "--format", "markdown"], in: folder)
      #expect(markdown.lines.count == 4 && markdown.lines.allSatisfy { $0.hasPrefix("| ") })
      let csv = try Distill.succeed(["runs", "list", "rows.h5", "--format", "csv"], in: folder)
      #expect(csv.lines.count == 3)
      #expect(csv.lines.first?.contains("options.max_seq_length") == true)
    }
  }

  @Test func `attempts are shown, compared and the best one found`() throws {
    try withAttempts { folder in
      let metric = try #require(
        (try attempts(["--json"], in: folder).first?["metrics"] as? [String: Any])?.keys.sorted()
          .first)
      let show = try Distill.succeed(["runs", "show", "dataset~1", "rows.h5"], in: folder)
      #expect(try Regex("max_seq_length +16").firstMatch(in: show.output) != nil, "\(show.output)")
      let document = try Distill.object(
        ["runs", "show", "dataset", "rows.h5", "--json"], in: folder)
      let attempt = try #require(document["attempt"] as? [String: Any])
      #expect((attempt["outputs"] as? [Any])?.count == 1)
      let compare = try Distill.succeed(["runs", "compare", "rows.h5"], in: folder)
      #expect(
        try Regex("options.max_seq_length +16 +24").firstMatch(in: compare.output) != nil,
        "\(compare.output)")
      let best = try Distill.succeed(["runs", "best", "rows.h5", "--metric", metric], in: folder)
      #expect(best.output.contains("dataset, attempt "))
      #expect(best.errors.contains(metric))
      let diff = try Distill.succeed(
        ["runs", "diff", "dataset~1", "dataset", "rows.h5"], in: folder)
      #expect(diff.output.contains("  max_seq_length 16 -> 24\n"), "\(diff.output)")
      let table = try Distill.succeed(
        ["runs", "diff", "dataset~1", "dataset", "rows.h5.distill", "--format", "csv"], in: folder)
      #expect(table.lines.first == "stage,metric,a,b,difference,relative_change")
    }
  }

  @Test func `the best of errors is the lowest`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let rows = ["good film,4.5", "bad film,0.5", "good story,4", "bad story,1", "warm film,3.5"]
      try Disk.write(
        "sentence,score\n" + rows.joined(separator: "\n") + "\n", to: folder + "/rows.csv")
      let encoder = world.folder + "/encoder"
      try Distill.succeed(
        [
          "dataset", "--task", "regression", "--train", "rows.csv", "--dev", "rows.csv",
          "--tokenizer", encoder, "--output", "rows.h5",
        ], in: folder)
      for rate in ["1e-6", "3e-2", "2e-6"] {
        try Distill.succeed(
          [
            "finetune", "--model", encoder, "--dataset", "rows.h5", "--output", "m.h5",
            "--num-train-epochs", "30", "--learning-rate", rate,
          ], in: folder)
      }
      let best = try Distill.object(
        ["runs", "best", "m.h5", "--metric", "dev_mse", "--json"], in: folder)
      let attempt = try #require(best["attempt"] as? [String: Any])
      #expect((attempt["options"] as? [String: Any])?["learning_rate"] as? Double == 3e-2)
    }
  }

  @Test func `what is asked wrongly ends with one line and 64`() throws {
    try withAttempts { folder in
      for (arguments, expected) in [
        (["list", "rows.h5", "--where", "stage ="], "--where: character 8: expected a value"),
        (["list", "rows.h5", "--where", "metrics.nothing > 1"], "no attempt has metrics.nothing"),
        (["list", "rows.h5", "--sort", "size"], "--sort: there is no field \"size\""),
        (["list", "rows.h5", "--column", "options.max_seq_lenth"], "did you mean"),
        (["show", "datset", "rows.h5"], "did you mean \"dataset\"?"),
        (["best", "rows.h5", "--metric", "nothing"], "no attempt has metrics.nothing"),
        (["diff", "dataset~9", "dataset", "rows.h5"], "there are 2 attempts at dataset"),
      ] {
        let outcome = try Distill.run(["runs"] + arguments, in: folder)
        #expect(outcome.status == 64, "\(outcome.errors)")
        #expect(
          outcome.errorLines.count == 1 && outcome.errors.contains(expected), "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
      }
      let nowhere = try Distill.run(["runs", "list", "."], in: folder)
      #expect(nowhere.status == 66 && nowhere.errorLines.count == 1)
    }
  }
}
