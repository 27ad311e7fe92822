import TestSupport
import Testing
import Transformer

/// Labels that are whole numbers of many values: classes, or amounts.
@Suite struct WholeNumberLabelsTests {
  private func withRows(_ body: (_ folder: String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let rows = (0..<90).map { "the film is \($0 % 2 == 0 ? "good" : "bad")\t\($0 % 30)\n" }
      try Disk.write("sentence\tlabel\n" + rows.joined(), to: folder + "/train.tsv")
      try body(folder)
    }
  }

  private static let files = ["--train", "train.tsv", "--text", "text.txt", "--json"]

  @Test func `nobody is asked where the teacher tells what they are`() throws {
    try withRows { folder in
      try SmallWorld.writeEncoder(
        to: folder + "/classifier", head: .classification(labels: 30, style: .hf),
        labels: (0..<30).map { "\($0)" })
      let made = try Distill.succeed(["init", "--teacher", "classifier"] + Self.files, in: folder)
      #expect(made.output.contains(#""task": "classification""#), "\(made.output)")
      #expect(made.output.contains(#""teacher_is_fine_tuned": false"#))
      #expect(made.errors.contains("the rows are taken to be for classification"))
      #expect(made.errors.contains("30 classes"))
      try SmallWorld.writeEncoder(
        to: folder + "/number", head: .classification(labels: 1, style: .hf), labels: ["x"])
      let other = try Distill.object(
        ["init", "n.yaml", "--teacher", "number"] + Self.files, in: folder)
      #expect(other["task"] as? String == "regression")
    }
  }

  @Test func `they are asked for where the teacher has no head, and either answer helps`() throws {
    try withRows { folder in
      let command = ["init", "--overwrite", "--teacher", "encoder"] + Self.files
      let refused = try Distill.run(command, in: folder)
      #expect(refused.status == 64 && refused.lines.isEmpty, "\(refused.errors)")
      #expect(refused.errors.contains(#""place":"--task""#))
      #expect(refused.errors.contains("30 whole numbers"))
      for task in ["classification", "regression"] {
        #expect(refused.errors.contains("--task \(task)"))
        let made = try Distill.object(command + ["--task", task], in: folder)
        #expect(made["task"] as? String == task)
        #expect((made["remarks"] as? [String])?.contains("the rows are for \(task)") == true)
      }
    }
  }
}
