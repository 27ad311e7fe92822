import Artifacts
import Files
import Foundation
import Interchange
import Pipelines
import TestSupport
import Testing

@testable import Stages

/// Shards whose seal is right and whose content no stage has written.
@Suite struct StrangersShardsTests {
  /// The tensors of a shard, all of integers.
  private typealias Tensors = [(name: String, type: SafetensorsType, values: [Int64])]

  /// Writes a shard again, sealed.
  private func reseal(
    _ path: String, _ tensors: Tensors, state change: (String) throws -> String
  ) throws {
    var metadata = try SafetensorsFile(path: path).metadata.filter { $0.key != "format" }
    metadata["state"] = try change(metadata["state"] ?? "")
    let layout = tensors.map { SafetensorsWriter.Entry($0.name, $0.type, shape: [$0.values.count]) }
    try SafetensorsWriter.stream(
      to: path, metadata: metadata, isSealed: true, layout: layout
    ) { writer in
      for tensor in tensors {
        switch tensor.type {
        case .uint8: try writer.write(tensor.values.map { UInt8(truncatingIfNeeded: $0) })
        case .int32: try writer.write(tensor.values.map { Int32(truncatingIfNeeded: $0) })
        default: try writer.write(tensor.values)
        }
      }
    }
  }

  private func tensors(_ path: String) throws -> Tensors {
    let file = try SafetensorsFile(path: path)
    return try file.tensors.filter { $0.name != SafetensorsWriter.sealName }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      .map { ($0.name, $0.type, try file.integers($0.name)) }
  }

  /// Replaces the number that `key` has.
  private func number(_ key: String, _ value: Int) -> (String) throws -> String {
    { state in
      let changed = state.replacing(
        try Regex("\"\(key)\":-?[0-9]+"), with: "\"\(key)\":\(value)", maxReplacements: 1)
      #expect(changed != state, "\(key)")
      return changed
    }
  }

  @Test func `corpus shards of impossible places are made again, those that disagree are refused`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      var numbers = ArbitraryNumbers(8)
      let lines = (0..<9000).map { SmallWorld.sentence(isGood: $0 % 3 == 0, &numbers) + "\n" }
      try Disk.write(lines.joined(), to: folder + "/text.txt")
      let inputs = ["text": [folder + "/text.txt"], "tokenizer": [world.folder + "/encoder"]]
      var stage = try CorpusStage(
        OptionValues(flags: [("max-seq-length", "16")], fields: CorpusStage.fields))
      let whole = StoppedStage(folder: folder + "/whole", inputs: inputs, output: "corpus")
      try ensureDirectory(whole.folder)
      _ = try whole.run(stage)
      let expected = try Disk.bytes(whole.outputPath)

      stage.idsPerShard = 10_000
      let cut = StoppedStage(folder: folder + "/cut", inputs: inputs, output: "corpus")
      try ensureDirectory(cut.folder)
      let checkpoints = cut.checkpointFolder
      #expect(try cut.run(stage) { shards(checkpoints).count >= 2 }.result == nil)
      let made = shards(checkpoints)
      let saved = try made.map { try Disk.bytes($0) }
      let last = try #require(made.last)
      func restore() throws {
        for path in shards(checkpoints) { try removeFile(path) }
        for (path, bytes) in zip(made, saved) { try bytes.write(to: URL(fileURLWithPath: path)) }
      }
      for (key, value) in [
        ("file", 1), ("file", 99), ("file", -1), ("file", .max), ("batches", -1),
        ("tokens", -1), ("sequences", .max), ("sequencesBeforeDocument", .max), ("sentences", .max),
      ] {
        try restore()
        try reseal(last, tensors(last), state: number(key, value))
        let outcome = try cut.run(stage)
        #expect(outcome.notes.contains { $0.contains("1 not used") }, "\(key) \(value)")
        #expect(try Disk.bytes(cut.outputPath) == expected, "\(key) \(value)")
      }
      try restore()
      var other = try tensors(last)
      other[0].values[3] = 1 << 30
      var longer = try tensors(last)
      longer[1].values[0] += 1
      for (tensors, change, reason) in [
        (try tensors(last), number("batches", 1_000_000), "was made of more text than"),
        (try tensors(last), number("sequences", 3), "it counts other sequences"),
        (try tensors(last), number("tokens", 3), "it counts other sequences"),
        (other, { $0 }, "is beyond the vocabulary"),
        (longer, { $0 }, "its lengths do not fit its ids"),
      ] as [(Tensors, (String) throws -> String, String)] {
        try restore()
        try reseal(last, tensors, state: change)
        let error = #expect(throws: ArtifactError.self) { try cut.run(stage) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? reason)")
        #expect(error?.description.contains(checkpoints) == true)
      }
    }
  }

  @Test func `augmentation shards of impossible rows are made again or refused`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      var stage = try AugmentStage(
        try OptionValues(flags: [("rewrites", "2")], fields: AugmentStage.fields))
      stage.rowsPerShard = 10
      let cut = StoppedStage(
        folder: folder,
        inputs: [
          "dataset": [world.artifact("rows")], "embedding_model": [world.folder + "/encoder"],
        ], output: "dataset")
      let checkpoints = cut.checkpointFolder
      #expect(try cut.run(stage) { shards(checkpoints).count >= 2 }.result == nil)
      let last = try #require(shards(checkpoints).last)
      let saved = try Disk.bytes(last)
      let count = shards(checkpoints).count
      for (name, value) in [
        ("sources", Int64.max), ("sources", -1), ("sources", 0), ("rewrites", .min),
        ("rewrites", 1),
      ] {
        try saved.write(to: URL(fileURLWithPath: last))
        var changed = try tensors(last)
        let place = try #require(changed.firstIndex { $0.name == name })
        changed[place].values[0] = value
        try reseal(last, changed) { $0 }
        let error = #expect(throws: ArtifactError.self) { try cut.run(stage) { false } }
        #expect(error?.description.contains("its tensors do not fit each other") == true)
        #expect(error?.description.hasPrefix(last) == true)
      }
      for key in ["duplicates", "candidates", "words"] {
        for path in shards(checkpoints).dropFirst(count) { try removeFile(path) }
        try saved.write(to: URL(fileURLWithPath: last))
        try reseal(last, tensors(last), state: number(key, .max))
        #expect(try cut.run(stage).notes.contains { $0.contains("not used") }, "\(key)")
      }
    }
  }
}
