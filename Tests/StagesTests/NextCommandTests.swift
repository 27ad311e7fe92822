import Foundation
import TestSupport
import Testing

/// The command that a data command names at its end, where the model takes it with another option alone.
@Suite struct NextCommandTests {
  /// Gives a command, and returns the words of the next one, as they are told.
  private func next(_ words: [String], in folder: String) throws -> [String] {
    let errors = try Distill.succeed(words, in: folder).errors.split(separator: "\n")
    let last = try #require(errors.last)
    #expect(last.hasPrefix("next: distill "))
    return last.dropFirst("next: distill ".count).split(separator: " ").map(String.init)
  }

  @Test func `where the model reads shorter rows than were made, they are made again`() throws {
    let world = try FinishedWorld.shared()
    let positions = "40"
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(
        atPath: world.folder + "/encoder", toPath: folder + "/encoder")
      try Disk.write(
        #"{"tokenizer_class": "BertTokenizer", "do_lower_case": true}"#,
        to: folder + "/encoder/tokenizer_config.json")
      let rows = [
        "dataset", "--train", world.folder + "/train.tsv", "--tokenizer", "encoder", "--output",
        "rows.h5",
      ]
      let again = try next(rows, in: folder)
      #expect(again == rows + ["--max-seq-length", positions])
      #expect(try next(rows + ["--max_seq_length=100"], in: folder) == again)
      let finetune = try next(again, in: folder)
      #expect(finetune.first == "finetune")
      try Distill.succeed(finetune + ["--max-steps", "1"], in: folder)
      let corpus = [
        "corpus", "--text", world.folder + "/text.txt", "--tokenizer", "encoder", "--output",
        "corpus.h5",
      ]
      let shorter = try next(corpus + ["--max-seq-length", "100"], in: folder)
      #expect(shorter == corpus + ["--max-seq-length", positions])
      #expect(try next(shorter, in: folder).first == "general")
    }
  }

  @Test func `an encoder without pooling teaches vectors with the one that is named`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(
        atPath: world.folder + "/encoder", toPath: folder + "/encoder")
      let prediction = try next(
        [
          "dataset", "--task", "sentence-embedding", "--train", world.folder + "/text.txt",
          "--tokenizer", "encoder", "--output", "rows.h5",
        ], in: folder)
      #expect(
        prediction == [
          "prediction", "--teacher", "encoder", "--pooling", "mean", "--student", "STUDENT.h5",
          "--dataset", "rows.h5", "--output", "MODEL.h5",
        ])
      let student = world.artifact("general_student")
      let words = prediction.map { $0 == "STUDENT.h5" ? student : $0 }
      try Distill.succeed(words + ["--max-steps", "1"], in: folder)
    }
  }
  @Test func `a pipeline's end names what no stage has read, one that makes nothing included`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write(
        """
        pipeline: p
        sources: { encoder: \(world.folder)/encoder, rows: \(world.artifact("rows")) }
        stages:
          one: { run: finetune, inputs: { model: encoder, dataset: rows }, max_steps: 1, output: one }
          two: { run: finetune, inputs: { model: encoder, dataset: rows }, max_steps: 1, output: two }
          evaluate: { inputs: { models: one, dataset: rows } }
        """, to: folder + "/p.yaml")
      // Until what is scored is made, that is what there is; then what nobody has looked at.
      for (until, made) in [("one", ["one"]), ("two", ["one", "two"]), ("evaluate", ["two"])] {
        let said = try Distill.succeed(["run", "p.yaml", "--until", until], in: folder).errors
        let named = said.split(separator: "\n").filter { $0.hasPrefix("model: ") }
        #expect(named == made.map { "model: .distill/p/artifacts/\($0).h5" }, "\(said)")
      }
    }
  }
}
