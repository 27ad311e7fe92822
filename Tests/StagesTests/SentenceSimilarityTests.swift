import TestSupport
import Testing

/// The prediction phase of sentence vectors that learns how alike texts are.
@Suite struct SentenceSimilarityTests {
  private let pooling = ["--pooling", "mean"]
  private let alone = ["--embedding-loss", "none", "--similarity-weight", "1"]

  @Test func `similarities are learnt beside vectors or alone, of any width`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try SentenceFiles.write(in: folder)
      let (encoder, student) = (world.folder + "/encoder", world.artifact("general_student"))
      try Distill.succeed(SentenceFiles.dataset(encoder), in: folder)
      var said = ""
      func learn(_ output: String, _ more: [String]) throws -> String {
        let run = try Distill.succeed(
          SentenceFiles.prediction(
            encoder, student, output: output, pooling + more),
          in: folder)
        said = run.errors
        return try Disk.content(folder + "/" + output)
      }
      let vectors = try learn("vectors.h5", [])
      let both = try learn("both.h5", ["--similarity-weight", "2"])
      #expect(said.contains("train_prediction_loss") && said.contains("train_similarity_loss"))
      #expect(said.contains("principal axes"))
      let similar = try learn("one.h5", alone + ["--threads", "1"])
      #expect(!said.contains("principal axes"))
      #expect(try learn("two.h5", alone + ["--threads", "2"]) == similar)
      let sharp = try learn("sharp.h5", alone + ["--similarity-temperature", "0.2"])
      #expect(Set([vectors, both, similar, sharp]).count == 4)

      // A student that is wider than its teacher has no other way, as the refusal says.
      let narrow = student
      let refused = try Distill.run(
        SentenceFiles.prediction(narrow, encoder, output: "wide.h5", pooling), in: folder)
      #expect(refused.status == 64)
      #expect(
        refused.errors.contains(
          "learn similarities alone with --embedding-loss none --similarity-weight 1"))
      try Distill.succeed(
        SentenceFiles.prediction(narrow, encoder, output: "wide.h5", pooling + alone), in: folder)
    }
  }

  @Test func `what similarities cannot be asked is refused with a cure that works`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try SentenceFiles.write(in: folder)
      let (encoder, student) = (world.folder + "/encoder", world.artifact("general_student"))
      try Distill.succeed(SentenceFiles.dataset(encoder), in: folder)
      func expect(_ more: [String], _ words: String, cure: [String]) throws {
        let refused = try Distill.run(
          SentenceFiles.prediction(encoder, student, output: "x.h5", pooling + more), in: folder)
        #expect(refused.status == 64 && refused.errorLines.count == 1, "\(refused.errors)")
        #expect(refused.errors.contains(words), "\(refused.errors)")
        try Distill.succeed(
          SentenceFiles.prediction(encoder, student, output: "x.h5", pooling + cure), in: folder)
      }
      try expect(
        ["--similarity-temperature", "0.1"],
        "--similarity-temperature: would do nothing without --similarity-weight",
        cure: ["--similarity-temperature", "0.1", "--similarity-weight", "1"])
      try expect(
        ["--embedding-loss", "none"],
        "--embedding-loss: none leaves nothing to be learnt; give --similarity-weight 1 beside it",
        cure: alone)
      try expect(
        ["--similarity-weight", "0"], "--similarity-weight: ", cure: [])
      // Steps are of 16 otherwise.
      let few = SentenceFiles.prediction(encoder, student, output: "x.h5", pooling + alone)
        .map { $0 == "16" ? "2" : $0 }
      let short = try Distill.run(few, in: folder)
      #expect(short.status == 64 && short.errorLines.count == 1, "\(short.errors)")
      #expect(
        short.errors.contains(
          "--similarity-weight: a text has no two others to be compared with in a step of 2; take more "
            + "with --per-device-train-batch-size 32"))
      try Distill.succeed(few.map { $0 == "2" ? "32" : $0 }, in: folder)

      let rows = [
        "prediction", "--teacher", world.artifact("teacher"), "--student", student, "--dataset",
        world.artifact("rows"), "--output", "y.h5", "--allow-weak-teacher", "--max-steps", "1",
      ]
      let refused = try Distill.run(rows + ["--similarity-weight", "1"], in: folder)
      #expect(refused.status == 64 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(
        refused.errors.contains(
          "--similarity-weight: the task classification has no vectors; leave the option out"))
      try Distill.succeed(rows, in: folder)
    }
  }

  @Test func `a teacher whose vectors say nothing is refused with words about vectors`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try SentenceFiles.write(in: folder)
      // The same texts are said to have nothing in common.
      var pairs = "sentence1,sentence2,label\n"
      for row in 0..<8 { pairs += "the film was good,the film was good,0.\(row)\n" }
      for row in 0..<8 { pairs += "the film was good,a dull story told \(row) times,\(5 + row)\n" }
      try Disk.write(pairs, to: folder + "/pairs.csv")
      let encoder = world.folder + "/encoder"
      try Distill.succeed(SentenceFiles.dataset(encoder), in: folder)
      let words = SentenceFiles.prediction(
        encoder, world.artifact("general_student"), output: "x.h5", pooling)
      let refused = try Distill.run(words.filter { $0 != "--allow-weak-teacher" }, in: folder)
      #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(
        refused.errors.contains(
          "take a model that was trained to make sentence vectors, with the pooling that it was trained "
            + "with (--pooling mean or --pooling cls), or give --allow-weak-teacher"))
      #expect(!refused.errors.contains("fine-tune"))
      try Distill.succeed(words, in: folder)
    }
  }
}
