import Artifacts
import Files
import Foundation
import Pipelines
import TestSupport
import Testing

@testable import Stages

@Suite struct AugmentationShardsTests {
  private func stage() throws -> AugmentStage {
    var stage = try AugmentStage(
      try OptionValues(flags: [("rewrites", "2")], fields: AugmentStage.fields))
    stage.rowsPerShard = 10  // of 64 rows: six shards, and a rest that needs none
    return stage
  }

  private func run(_ world: FinishedWorld, in folder: String) throws -> StoppedStage {
    try ensureDirectory(folder)
    return StoppedStage(
      folder: folder,
      inputs: [
        "dataset": [world.artifact("rows")],
        "masked_language_model": [world.artifact("masked_language_model")],
        "embedding_model": [world.folder + "/encoder"],
      ], output: "dataset")
  }

  @Test func `augmented rows are the same to the bit, whatever befell the shards`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let stage = try stage()
      let whole = try run(world, in: folder + "/whole")
      let result = try #require(try whole.run(stage).result)
      let expected = try Disk.bytes(whole.outputPath)
      // Blocks of 128 rows, as the pipeline takes them, give the same.
      #expect(try Disk.content(whole.outputPath) == Disk.content(world.artifact("augmented")))
      #expect(shards(whole.checkpointFolder).count == 6)

      for (number, damage) in Damage.allCases.enumerated() {
        let cut = try run(world, in: "\(folder)/\(number)")
        let checkpoints = cut.checkpointFolder
        #expect(try cut.run(stage) { shards(checkpoints).count >= 4 }.result == nil)
        #expect(!fileExists(cut.outputPath))
        let made = shards(checkpoints)
        #expect(made.count == 4)
        try damage.befall(made[1])
        let kept = damage == .none ? 4 : 1
        let signatures = try made[..<kept].map(statSignature)
        let resumed = try cut.run(stage, threads: 1)
        #expect(resumed.notes.contains { $0.hasPrefix("resumed: \(kept) of 6 shards are there") })
        #expect(try Disk.bytes(cut.outputPath) == expected, "\(damage)")
        #expect(resumed.result?.metrics.map(\.1) == result.metrics.map(\.1))
        #expect(try made[..<kept].map(statSignature) == signatures)
        #expect(leftovers(checkpoints) == [] && leftovers(cut.folder) == [])
      }
    }
  }

  @Test func `rows that were rewritten in other numbers are not gone on from`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let cut = try run(world, in: folder)
      let checkpoints = cut.checkpointFolder
      _ = try cut.run(try stage()) { shards(checkpoints).count >= 2 }
      var store = try ShardStore<AugmentationProgress>(
        in: checkpoints, name: "augmented", key: "augment \(AugmentStage.revision)",
        beforeEach: {})
      var progress = try #require(store.last)
      progress.rows += 10
      progress.numerics = "another machine's numbers"
      try store.append(progress, []) { _ in }
      let before = shards(checkpoints)
      let error = #expect(throws: ArtifactError.self) { try cut.run(try stage()) }
      #expect(error?.description.contains("another machine's numbers") == true)
      #expect(shards(checkpoints) == before)
    }
  }

  @Test func `an augmentation stops before the model's next batch`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let cut = try run(world, in: folder)
      let asked = AskedOften()
      var stage = try stage()
      stage.rowsPerShard = 64
      // Once before the block, then before each batch of it.
      #expect(try cut.run(stage) { asked.isMoreThan(1) }.result == nil)
      #expect(shards(cut.checkpointFolder).isEmpty)
    }
  }
}
