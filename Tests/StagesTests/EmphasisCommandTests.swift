import Artifacts
import Files
import Foundation
import Pipelines
import Synchronization
import Tasks
import TestSupport
import Testing

@testable import Stages

/// Rows that count for more in the prediction phase, and rewrites that a teacher looks through.
@Suite struct EmphasisCommandTests {
  private func stage(_ more: [(name: String, text: String)]) throws -> PredictionStage {
    try PredictionStage(
      try OptionValues(
        flags: [
          ("num_train_epochs", "3"), ("learning_rate", "5e-3"),
          ("per_device_train_batch_size", "16"), ("max_tokens", "64"),
          ("allow_weak_teacher", "true"),
        ] + more, fields: PredictionStage.fields))
  }

  private func place(_ world: FinishedWorld, _ folder: String) throws -> StoppedStage {
    try ensureDirectory(folder)
    return StoppedStage(
      folder: folder,
      inputs: [
        "teacher": [world.artifact("teacher")],
        "student": [world.artifact("intermediate_student")],
        "dataset": [world.artifact("augmented")],
      ], output: "model")
  }

  @Test func `each option makes another student, the usual values the usual one`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      var contents: [String: String] = [:]
      let cases: [String: [(name: String, text: String)]] = [
        "none": [], "uniform": [("row_sampling", "uniform")], "hard": [("row_sampling", "hard")],
        "half": [("row_sampling", "hard"), ("hard_share", "0.5")],
        "quarter": [("row_sampling", "hard"), ("hard_share", "0.25")],
        "sure": [("confidence_weight", "2")],
      ]
      for (name, options) in cases {
        let place = try place(world, "\(folder)/\(name)")
        let outcome = try place.run(stage(options))
        let notes = try #require(outcome.result).notes
        let isSaid = notes.contains { $0.hasPrefix("row_sampling hard: from the second pass on") }
        #expect(isSaid == options.contains { $0.text == "hard" })
        contents[name] = try Disk.content(place.outputPath)
      }
      #expect(contents["none"] == contents["uniform"])
      #expect(contents["hard"] == contents["quarter"])
      #expect(Set(contents.values).count == 4)
    }
  }

  @Test func `hard rows are the same after stops at any time, on any number of threads`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let stage = try stage([("row_sampling", "hard"), ("confidence_weight", "1")])
      let whole = try place(world, folder + "/whole")
      _ = try #require(try whole.run(stage).result)
      for step in [17, 31] {
        let cut = try place(world, "\(folder)/\(step)")
        var attempts = 0
        while true {
          attempts += 1
          try #require(attempts < 60)
          // Asked before every batch, of the teacher's check too.
          let polls = Mutex(0)
          let room = step + attempts
          let outcome = try cut.run(stage, threads: 1 + attempts % 2) {
            polls.withLock {
              $0 += 1
              return $0 > room
            }
          }
          if outcome.result != nil { break }
        }
        #expect(attempts > 1, "\(attempts)")
        #expect(try Disk.content(cut.outputPath) == Disk.content(whole.outputPath))
      }
    }
  }

  @Test func `a task whose loss says nothing of single rows is refused by name`() throws {
    for (option, value) in [("row_sampling", "hard"), ("confidence_weight", "1")] {
      let options = try OptionValues(
        flags: [(name: option, text: value)], fields: PredictionStage.fields)
      #expect(throws: StageError.self) {
        try PredictionPhase.answerLoss(of: QuestionAnsweringTask(), options)
      }
      #expect(throws: StageError.self) {
        try PredictionPhase.answerLoss(of: MaskedLanguageTask(), options)
      }
      try PredictionPhase.answerLoss(of: ClassificationTask(), options)
      try PredictionPhase.answerLoss(of: TokenClassificationTask(), options)
      if option == "row_sampling" {
        try PredictionPhase.answerLoss(of: RegressionTask(), options)
        try PredictionPhase.answerLoss(of: MultiLabelTask(), options)
      } else {
        #expect(throws: StageError.self) {
          try PredictionPhase.answerLoss(of: RegressionTask(), options)
        }
      }
    }
  }

  // MARK: - Rewrites

  private func augmented(
    _ world: FinishedWorld, _ folder: String, teacher: Bool,
    _ more: [(name: String, text: String)] = [],
    isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) throws -> (place: StoppedStage, result: StageResult?) {
    try ensureDirectory(folder)
    var stage = try AugmentStage(
      try OptionValues(
        flags: [("rewrites", "6"), ("replacement_probability", "0.8")] + more,
        fields: AugmentStage.fields))
    stage.rowsPerShard = 20
    var inputs = [
      "dataset": [world.artifact("rows")],
      "masked_language_model": [world.artifact("masked_language_model")],
      "embedding_model": [world.folder + "/encoder"],
    ]
    if teacher { inputs["teacher"] = [world.artifact("teacher")] }
    let place = StoppedStage(folder: folder, inputs: inputs, output: "dataset")
    return (place, try place.run(stage, isInterrupted: isInterrupted).result)
  }

  /// The texts of the training rows, and what the teacher says of them.
  private func answers(_ path: String, _ world: FinishedWorld, in folder: String) throws -> (
    texts: [String], classes: [String]
  ) {
    let (reader, description) = try DatasetArtifact.open(path)
    let split = try DatasetArtifact.read(
      reader, description, split: "train", vocabularySize: SmallWorld.vocabulary.count)
    try (split.texts.joined(separator: "\n") + "\n").write(
      toFile: folder + "/texts.txt", atomically: true, encoding: .utf8)
    let classes = try Distill.succeed(
      ["predict", "--model", world.artifact("teacher"), "--input", "texts.txt"], in: folder)
    return (split.texts, classes.lines)
  }

  @Test func `rewrites that a teacher answers otherwise are dropped and counted, no others are`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let all = try augmented(world, folder + "/all", teacher: false)
      let kept = try augmented(world, folder + "/kept", teacher: true)
      let (before, after) = (
        try answers(all.place.outputPath, world, in: folder),
        try answers(kept.place.outputPath, world, in: folder)
      )
      #expect(before.texts.count == before.classes.count)
      let originals = try DatasetSplitTexts.originals(world)
      var expected: [String] = []
      var (own, next) = ("", 0)
      for (text, answer) in zip(before.texts, before.classes) {
        if next < originals.count, text == originals[next] {
          (own, next) = (answer, next + 1)
          expected.append(text)
        } else if answer == own {
          expected.append(text)
        }
      }
      #expect(next == originals.count)
      #expect(after.texts == expected)
      #expect(expected.count < before.texts.count)
      let metrics = try #require(kept.result).metrics
      let dropped = try #require(metrics.first { $0.0 == "other_answers_dropped" }?.1)
      #expect(Int(dropped) >= before.texts.count - expected.count && dropped > 0)
      #expect(try #require(all.result).metrics.allSatisfy { $0.0 != "other_answers_dropped" })

      // Stopped after its first shards, it is the same.
      let place = folder + "/cut"
      let stopped = try augmented(world, place, teacher: true) {
        shards(place + "/checkpoints").count >= 2
      }
      #expect(stopped.result == nil)
      let resumed = try augmented(world, place, teacher: true)
      #expect(try Disk.bytes(resumed.place.outputPath) == Disk.bytes(kept.place.outputPath))
      #expect(resumed.result?.metrics.map(\.1) == kept.result?.metrics.map(\.1))
    }
  }

  @Test func `each way to choose words and candidates gives other rows, the usual ones the usual`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      var contents: [String: String] = [:]
      let cases: [String: [(name: String, text: String)]] = [
        "none": [], "uniform": [("word_choice", "uniform")], "nothing": [("candidate_floor", "0")],
        "importance": [("word_choice", "importance")], "floor": [("candidate_floor", "0.5")],
      ]
      for (name, options) in cases {
        let made = try augmented(world, "\(folder)/\(name)", teacher: false, options)
        contents[name] = try Disk.content(made.place.outputPath)
      }
      #expect(contents["none"] == contents["uniform"] && contents["none"] == contents["nothing"])
      #expect(Set(contents.values).count == 3)
    }
  }
}

/// What the small world's rows were before they were rewritten.
private enum DatasetSplitTexts {
  static func originals(_ world: FinishedWorld) throws -> [String] {
    let (reader, description) = try DatasetArtifact.open(world.artifact("rows"))
    return try DatasetArtifact.read(
      reader, description, split: "train", vocabularySize: SmallWorld.vocabulary.count
    ).texts
  }
}
