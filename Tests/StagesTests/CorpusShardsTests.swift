import Files
import Foundation
import Pipelines
import TestSupport
import Testing
import Text

@testable import Stages

@Suite struct CorpusShardsTests {
  /// Three files of text: documents of a few sentences, some of them longer than a sequence.
  private func writeText(in folder: String) throws -> [String] {
    var numbers = ArbitraryNumbers(8)
    let words = SmallWorld.good + SmallWorld.things + SmallWorld.rest
    var known: [Substring] = []
    return try (0..<3).map { file in
      // Some lines of the files before, which cleaning leaves out.
      var text = known.joined(separator: "\n") + "\n"
      while text.utf8.count < 280_000 {
        let length = [0, 3, 5, 8, 30][numbers.below(5)]
        text +=
          (0..<length).map { _ in words[numbers.below(words.count)] }.joined(separator: " ") + "\n"
      }
      known += text.split(separator: "\n").suffix(200)
      let path = "\(folder)/text-\(file).txt"
      try Disk.write(text, to: path)
      return path
    }
  }

  private func stage(_ mode: CorpusChunker.Mode, idsPerShard: Int? = nil) throws -> CorpusStage {
    // What is left out depends on what was read before.
    let cleaning = mode == .mixed ? [("drop-duplicates", "near"), ("min-words", "5")] : []
    let flags = [("max-seq-length", "16"), ("mode", mode.rawValue)] + cleaning
    var stage = try CorpusStage(try OptionValues(flags: flags, fields: CorpusStage.fields))
    if let idsPerShard { stage.idsPerShard = idsPerShard }
    return stage
  }

  @Test(arguments: CorpusChunker.Mode.allCases)
  func `a corpus that was stopped is the same to the bit, whatever befell its shards`(
    mode: CorpusChunker.Mode
  ) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let inputs = [
        "text": try writeText(in: folder), "tokenizer": [world.folder + "/encoder"],
      ]
      let whole = StoppedStage(folder: folder + "/whole", inputs: inputs, output: "corpus")
      try ensureDirectory(whole.folder)
      let result = try #require(try whole.run(stage(mode)).result)
      let expected = try Disk.bytes(whole.outputPath)
      #expect(!fileExists(whole.checkpointFolder), "a corpus of one shard needs no file")

      let stage = try stage(mode, idsPerShard: 18_000)
      for (number, damage) in Damage.allCases.enumerated() {
        let cut = StoppedStage(folder: "\(folder)/\(number)", inputs: inputs, output: "corpus")
        try ensureDirectory(cut.folder)
        let checkpoints = cut.checkpointFolder
        #expect(try cut.run(stage) { shards(checkpoints).count >= 4 }.result == nil)
        #expect(!fileExists(cut.outputPath))
        // What was begun when it was asked to stop is kept too.
        let made = shards(checkpoints)
        #expect(made.count == 5)
        try damage.befall(made[2])
        let kept = damage == .none ? 5 : 2
        let signatures = try made[..<kept].map(statSignature)

        let old = Set(try shards(checkpoints).map(statSignature))
        let again = try cut.run(stage, threads: 1) {
          let all = shards(checkpoints).compactMap { try? statSignature($0) }
          return all.count { !old.contains($0) } >= 2
        }
        #expect(again.result == nil)
        let remark = try #require(again.notes.first { $0.hasPrefix("resumed: ") })
        #expect(remark.hasPrefix("resumed: \(kept) shards are there"))
        #expect(remark.contains("not used") == (kept < 5))
        let last = try cut.run(stage)
        #expect(last.notes.contains { $0.hasPrefix("resumed: \(kept + 3) shards are there") })
        #expect(try Disk.bytes(cut.outputPath) == expected, "\(damage)")
        #expect(last.result?.metrics.map(\.1) == result.metrics.map(\.1))
        #expect(last.result?.outputs == result.outputs)
        #expect(try made[..<kept].map(statSignature) == signatures)
        #expect(leftovers(checkpoints) == [] && leftovers(cut.folder) == [])
      }
    }
  }

  @Test func `the command goes on after a kill and leaves what an untroubled run leaves`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      var numbers = ArbitraryNumbers(9)
      let lines = (0..<2000).map { SmallWorld.sentence(isGood: $0 % 3 == 0, &numbers) + "\n" }
      try Disk.write(String(repeating: lines.joined(), count: 500), to: folder + "/long.txt")
      let command = { (output: String) in
        [
          "corpus", "--text", "long.txt", "--tokenizer", world.folder + "/encoder", "--output",
          output, "--max-seq-length", "32", "--mode", "packed",
        ]
      }
      try Distill.succeed(command("whole.h5"), in: folder)
      let checkpoints = folder + "/cut.h5.distill/checkpoints/corpus"
      let killed = try Distill.run(command("cut.h5"), in: folder) { process in
        for _ in 0..<20_000 where !fileExists(checkpoints + "/corpus-00001.safetensors") {
          usleep(500)
        }
        kill(process, SIGKILL)
      }
      #expect(killed.status == -SIGKILL)
      let kept = shards(checkpoints).count
      #expect(kept >= 2)
      let resumed = try Distill.succeed(command("cut.h5"), in: folder)
      #expect(resumed.errors.contains("resumed: \(kept) shards are there"))
      #expect(try Disk.bytes(folder + "/cut.h5") == Disk.bytes(folder + "/whole.h5"))
      // The record of an attempt has a name of its own.
      let left = { (name: String) in
        Disk.files("\(folder)/\(name).h5.distill").map { $0.hasPrefix("runs/") ? "runs" : $0 }
      }
      #expect(left("cut") == left("whole"))
      #expect(leftovers(folder).isEmpty)
    }
  }
}
