import Files
import Foundation
import TestSupport
import Testing

/// The pipeline file that `compress` keeps in its workspace.
@Suite struct KeptDraftTests {
  private static let files = ["--train", "train.tsv", "--dev", "dev.tsv", "--text", "text.txt"]
  /// It ends where it would begin to work.
  private static let idle = [
    "--tracking", "required", "--tracking-uri", "http://127.0.0.1:9",
  ]

  private func compress(_ words: [String], in folder: String) throws -> Program.Outcome {
    try Distill.run(
      ["compress", "--teacher", "encoder", "--output", "small"] + Self.files + Self.idle + words,
      in: folder)
  }

  @Test func `compress replaces nobody's file, and writes none before its settings are right`()
    throws
  {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      try Disk.write("pipeline: mine\n", to: folder + "/pipeline.yaml")
      let refused = try compress(["--workspace", "."], in: folder)
      #expect(refused.status == 73 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(refused.errors.contains("./pipeline.yaml") && refused.errors.contains("--overwrite"))
      #expect(try Disk.text(folder + "/pipeline.yaml") == "pipeline: mine\n")
      let wrong = ["--set", "stages.prediction.nothing=1"]
      for words in [["--workspace", ".", "--overwrite"], ["--workspace", "w"]] {
        let outcome = try compress(words + wrong, in: folder)
        #expect([64, 78].contains(outcome.status), "\(outcome.errors)")
        #expect(outcome.errors.contains("nothing"))
      }
      #expect(try Disk.text(folder + "/pipeline.yaml") == "pipeline: mine\n")
      #expect(!fileExists(folder + "/w"))
      let cured = try compress(["--workspace", ".", "--overwrite"], in: folder)
      #expect(cured.status == 69, "\(cured.errors)")
      #expect(try Disk.text(folder + "/pipeline.yaml").contains("train_rows:"))
    }
  }

  @Test func `a draft that was edited is kept, one that was not is made anew for other options`()
    throws
  {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let file = folder + "/small.distill/pipeline.yaml"
      #expect(try compress([], in: folder).status == 69)
      let drafted = try Disk.text(file)
      #expect(try compress(["--budget", "4w"], in: folder).status == 69)
      #expect(try Disk.text(file) != drafted)
      let edited = drafted + "# mine\n"
      try Disk.write(edited, to: file)
      let same = try compress([], in: folder)
      #expect(same.status == 69 && same.errors.contains("it goes on"), "\(same.errors)")
      let other = try compress(["--budget", "4w"], in: folder)
      #expect(other.status == 73, "\(other.errors)")
      #expect(try Disk.text(file) == edited)
      #expect(try compress(["--budget", "4w", "--workspace", "w"], in: folder).status == 69)
      #expect(try compress(["--budget", "4w", "--overwrite"], in: folder).status == 69)
      #expect(try Disk.text(file) != edited)
    }
  }

  @Test func `that a weak teacher will do stands in the draft`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let file = folder + "/small.distill/pipeline.yaml"
      let weak = ["--allow-weak-teacher"]
      #expect(try compress([], in: folder).status == 69)
      let plain = try Disk.text(file)
      #expect(try compress(weak, in: folder).status == 69)
      let drafted = try Disk.text(file)
      // Of the two phases that learn from the teacher's answers.
      #expect(drafted.components(separatedBy: "    allow_weak_teacher: true\n").count == 3)
      #expect(try compress(weak, in: folder).errors.contains("it goes on"))
      #expect(try Disk.text(file) == drafted)
      #expect(try compress([], in: folder).status == 69)
      #expect(try Disk.text(file) == plain)
      // What was edited stands with the option or without it.
      try Disk.write(plain + "# mine\n", to: file)
      let edited = try compress(weak, in: folder)
      #expect(edited.status == 69 && edited.errors.contains("it goes on"), "\(edited.errors)")
      #expect(try Disk.text(file) == plain + "# mine\n")
      try Disk.write(drafted + "# mine\n", to: file)
      #expect(try compress([], in: folder).errors.contains("it goes on"))
    }
  }

  @Test func `what is there already bounds no budget, and is known from every folder`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder + "/w")
      let words = ["compress", "--teacher", "encoder", "--output", "small", "--allow-weak-teacher"]
      try Distill.succeed(words + Self.files, in: folder + "/w")
      let rows = ["--train", "w/train.tsv", "--dev", "w/dev.tsv", "--text", "w/text.txt"]
      let more = try Distill.succeed(
        [
          "compress", "--teacher", "w/encoder", "--output", "w/small", "--allow-weak-teacher",
          "--budget", "4w",
        ] + rows, in: folder)
      #expect(more.errors.contains("effort longest"), "\(more.errors)")
      #expect(!more.errors.contains("--budget TIME chooses"))
    }
  }

  @Test func `the same words in another folder mean other files`() throws {
    try withTemporaryFolder { folder in
      for place in ["a", "b"] {
        _ = try SmallWorld(in: folder + "/" + place)
        let outcome = try Distill.run(
          ["compress", "--teacher", "encoder", "--output", folder + "/s"] + Self.files + Self.idle,
          in: folder + "/" + place)
        #expect(outcome.status == 69 && !outcome.errors.contains("it goes on"), "\(outcome.errors)")
        let text = try Disk.text(folder + "/s.distill/pipeline.yaml")
        #expect(text.contains("  train_rows: \(folder)/\(place)/train.tsv\n"))
      }
    }
  }
}
