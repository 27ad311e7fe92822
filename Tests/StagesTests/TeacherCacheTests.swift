import Files
import Foundation
import HDF5
import Interchange
import Pipelines
import TestSupport
import Testing

@testable import Stages

@Suite struct TeacherCacheTests {
  /// `distill intermediate` on the world's augmented rows.
  private func intermediate(
    _ world: FinishedWorld, output: String, _ more: [String] = []
  ) -> [String] {
    [
      "intermediate", "--teacher", world.artifact("teacher"), "--student",
      world.artifact("general_student"), "--dataset", world.artifact("augmented"), "--output",
      output,
    ] + SmallWorld.flags(SmallWorld.intermediate) + SmallWorld.flags(SmallWorld.batch) + more
  }

  /// The paths of the caches' shards in a workspace; in a world this small each has but one.
  private func caches(_ workspace: String) -> [String] {
    shards(workspace + "/cache").filter { $0.contains("/teacher-taps-") }
  }

  @Test func `a student of cached layers is that of the running teacher, rounding aside`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      for threads in ["1", "2"] {
        let run = try Distill.succeed(
          intermediate(
            world, output: "\(threads).h5", ["--cache-teacher", "--threads", threads]), in: folder)
        let path = try #require(caches("\(folder)/\(threads).h5.distill").first)
        let stated = try #require(run.errors.firstMatch(of: /teacher cache: ([0-9.]+) kB/)?.1)
        let size = Double(try Disk.bytes(path).count) / 1e3
        #expect(abs(try #require(Double(stated)) - size) <= 0.01 * size)
      }
      #expect(try Disk.content(folder + "/1.h5") == Disk.content(folder + "/2.h5"))
      try expectClose(folder + "/1.h5", world.artifact("intermediate_student"))

      let general = try Distill.succeed(
        [
          "general", "--teacher", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
          "--output", "general.h5", "--cache-teacher",
        ] + SmallWorld.flags(SmallWorld.general) + SmallWorld.flags(SmallWorld.batch), in: folder)
      #expect(general.errors.contains("teacher cache:"))
      try expectClose(folder + "/general.h5", world.artifact("general_student"))
    }
  }

  /// The weights of one model are the other's, rounding aside; as for kept logits, AdamW makes steps
  /// of it where a gradient is nothing but rounding.
  private func expectClose(_ path: String, _ other: String) throws {
    let (mine, theirs) = (try ArtifactReader(path: path), try ArtifactReader(path: other))
    var (squares, norm) = (0.0, 0.0)
    for name in mine.datasets.map(\.name) where name.hasPrefix("weights/") {
      for (a, b) in zip(try mine.floats(name), try theirs.floats(name)) {
        squares += Double((a - b) * (a - b))
        norm += Double(b * b)
      }
    }
    #expect(norm > 0)
    #expect((squares / norm).squareRoot() < 2e-3, "\(path)")
  }

  @Test func `the stated size is the file's, in both types`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      for type in ["fp32", "bf16"] {
        try Distill.succeed(
          intermediate(
            world, output: "\(type).h5",
            ["--cache-teacher", "--cache-teacher-type", type, "--max-steps", "2"]), in: folder)
        let path = try #require(caches("\(folder)/\(type).h5.distill").first)
        let file = try SafetensorsFile(path: path)
        try file.verifySeal()
        let layout = file.tensors.filter { $0.name != SafetensorsWriter.sealName }.map {
          SafetensorsWriter.Entry($0.name, $0.type, shape: $0.shape)
        }
        let metadata = file.metadata.filter { $0.key != "format" }
        let size = try SafetensorsWriter.size(metadata: metadata, isSealed: true, layout: layout)
        #expect(try Disk.bytes(path).count == size)
        #expect(file.tensor("values")?.type == (type == "fp32" ? .float32 : .bfloat16))
      }
      #expect(try Disk.content(folder + "/bf16.h5") != Disk.content(folder + "/fp32.h5"))
      let manifest = try Disk.text(folder + "/bf16.h5.distill/manifest.json")
      #expect(manifest.contains(/"cache_teacher_type": ?"bf16"/))
      // Another type is another fingerprint: the stage runs again, and from a cache of its own.
      let again = try Distill.succeed(
        intermediate(
          world, output: "bf16.h5",
          ["--cache-teacher", "--cache-teacher-type", "fp32", "--max-steps", "2"]), in: folder)
      #expect(again.errors.contains("cache_teacher_type bf16 -> fp32"))
      #expect(try Disk.content(folder + "/bf16.h5") == Disk.content(folder + "/fp32.h5"))
      #expect(caches(folder + "/bf16.h5.distill").count == 2)
    }
  }

  @Test func `a cache is used again while it is whole, and made again when it is not`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      // What was made once is made again.
      let more = [
        "--cache-teacher", "--max-steps", "4", "--workspace", folder + "/w", "--no-run-cache",
      ]
      try Distill.succeed(intermediate(world, output: "first.h5", more), in: folder)
      let path = try #require(caches(folder + "/w").first)
      let whole = try Disk.bytes(path)
      let used = try Distill.succeed(intermediate(world, output: "second.h5", more), in: folder)
      let name = path.replacingOccurrences(of: "-00000.safetensors", with: "-*")
      #expect(name != path && used.errors.contains("\(name) is used"))

      var bytes = whole
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: URL(fileURLWithPath: path))
      let damaged = try Distill.succeed(intermediate(world, output: "third.h5", more), in: folder)
      #expect(damaged.errors.contains("resumed: 0 of 1 shards are there; 1 not used: \(path)"))
      #expect(try Disk.bytes(path) == whole)
      #expect(try Disk.content(folder + "/third.h5") == Disk.content(folder + "/first.h5"))

      // Whole, under the right name, but of other layers.
      let mapped = try Distill.succeed(
        intermediate(world, output: "fourth.h5", more + ["--losses", "hidden"]), in: folder)
      #expect(!mapped.errors.contains("is used"))
      let other = try #require(caches(folder + "/w").first { $0 != path })
      try Disk.bytes(other).write(to: URL(fileURLWithPath: path))
      let foreign = try Distill.succeed(intermediate(world, output: "fifth.h5", more), in: folder)
      #expect(foreign.errors.contains("belongs to another work"))
      #expect(try Disk.bytes(path) == whole)
    }
  }

  @Test func `a shard that is not whole leaves nothing that counts, and is made again`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let sentences = try Disk.text(world.folder + "/text.txt")
      try Disk.write(String(repeating: sentences, count: 300), to: folder + "/long.txt")
      try Distill.succeed(
        [
          "corpus", "--text", "long.txt", "--tokenizer", world.folder + "/encoder", "--output",
          "corpus.h5", "--max-seq-length", "32",
        ], in: folder)
      let command =
        [
          "general", "--teacher", world.folder + "/encoder", "--corpus", "corpus.h5", "--output",
          "student.h5", "--cache-teacher", "--max-steps", "2",
        ] + SmallWorld.flags(SmallWorld.general.filter { $0.key != "num_train_epochs" })
      let cache = folder + "/student.h5.distill/cache"
      let partial = {
        ((try? folderEntries(cache)) ?? []).filter { $0.hasPrefix(".distill-partial-") }
      }
      for (signal, status) in [(SIGKILL, -SIGKILL), (SIGTERM, 143)] {
        let old = partial()
        let stopped = try Distill.run(command, in: folder) { process in
          for _ in 0..<100_000 {
            if !Set(partial()).subtracting(old).isEmpty { break }
            usleep(100)
          }
          kill(process, signal)
        }
        #expect(stopped.status == status, "\(stopped.errors)")
        #expect(caches(folder + "/student.h5.distill").isEmpty)
        #expect(partial().count == (signal == SIGKILL ? 1 : 0))
      }
      try Distill.succeed(command, in: folder)
      #expect(partial().isEmpty)
      try SafetensorsFile(path: try #require(caches(folder + "/student.h5.distill").first))
        .verifySeal()
    }
  }

  @Test func `a cache that the disk has no room for is refused before any work`() throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: FileError.self) {
        try TeacherStore.requireRoom(Int.max / 2, in: folder)
      }
      #expect(error?.kind == .noSpace)
      #expect(error?.description.contains("are free; make room") == true)
      #expect(FailureStatus.of(try #require(error)) == .inputOutput)
      try TeacherStore.requireRoom(1, in: folder)
    }
  }
}
