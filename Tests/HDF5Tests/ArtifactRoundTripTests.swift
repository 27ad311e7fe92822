import Files
import Foundation
import HDF5
import TestSupport
import Testing

@Suite struct ArtifactRoundTripTests {
  @Test func `every element type comes back as it was written`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      let digests = try SampleArtifacts.write(to: path)
      let reader = try ArtifactReader(path: path, expecting: "sample")
      #expect(reader.contentDigest == digests.content)
      #expect(reader.fileDigest == digests.file)
      #expect(try reader.recomputeContentDigest() == digests.content)
      #expect(reader.kind == "sample")
      #expect(reader.configuration == SampleArtifacts.configuration)
      #expect(reader.inputs == SampleArtifacts.inputs)
      #expect(reader.createdBy == "distill 0.1")
      #expect(
        reader.datasets.map { "\($0.name) \($0.element) \($0.shape)" } == [
          "empty float32 [0, 4]", "growing int32 [200004]", "ids int32 [70000]",
          "logits float32 [40000, 2]", "nothing int64 [0]", "offsets int64 [3]",
          "packed float32 [3, 1]", "pairs int32 [2, 2]", "text/bytes uint8 [11]",
          "weights/a.b float32 [2, 3]",
        ])
      let weights = try reader.floats("weights/a.b")
      #expect(weights == [1, -2, 3.5, .pi, 0, 0])
      #expect(weights[5].sign == .minus)
      #expect(try reader.int32s("ids") == SampleArtifacts.ids(70_000))
      #expect(try reader.int32s("growing") == SampleArtifacts.ids(200_001) + [0, 7919, 15_838])
      #expect(try reader.int64s("offsets") == [0, .max, .min])
      #expect(try reader.bytes("text/bytes") == Array("naïve 数\n".utf8))
      #expect(try reader.floats("packed") == [1, 2, 3])
      #expect(try reader.int32s("pairs") == [1, 2, 3, 4])
      #expect(try reader.int64s("nothing") == [])
      #expect(try reader.floats("empty") == [])
      #expect(reader.contains("ids") && !reader.contains("weights"))
    }
  }

  @Test func `rows are read from any place`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      try SampleArtifacts.write(to: path)
      let reader = try ArtifactReader(path: path)
      let all = try reader.floats("logits")
      #expect(all == (0..<40_000).flatMap { [Float($0), -Float($0)] })
      // Chunks hold 32,768 rows.
      for range in [0..<1, 32_767..<32_770, 39_999..<40_000, 5..<5, 0..<40_000] {
        #expect(
          try reader.floats("logits", range: range)
            == Array(all[range.lowerBound * 2..<range.upperBound * 2]))
      }
      #expect(try reader.int64s("offsets", range: 1..<3) == [.max, .min])
      #expect(try reader.bytes("text/bytes", range: 0..<2) == Array("na".utf8))
      #expect(try reader.int32s("pairs", range: 1..<2) == [3, 4])
      #expect(throws: HDF5Error.self) { try reader.int64s("offsets", range: 1..<4) }
      #expect(try ["logits", "growing", "nothing"].map(reader.rows) == [40_000, 200_004, 0])
      #expect(throws: HDF5Error.self) { try reader.rows("growin") }
    }
  }

  @Test func `floats are read into memory of the right size only`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      try SampleArtifacts.write(to: path)
      let reader = try ArtifactReader(path: path)
      var six = [Float](repeating: 9, count: 6)
      var span = six.mutableSpan
      try reader.readFloats("weights/a.b", into: &span)
      #expect(six == [1, -2, 3.5, .pi, 0, 0])
      var five = [Float](repeating: 9, count: 5)
      #expect {
        var span = five.mutableSpan
        try reader.readFloats("weights/a.b", into: &span)
      } throws: { error in
        (error as? HDF5Error)?.kind == .mismatch && "\(error)".contains("weights/a.b")
      }
      #expect(five == [9, 9, 9, 9, 9])
    }
  }

  @Test func `equal content gives equal bytes at another time and place`() throws {
    try withTemporaryFolder { folder in
      let first = try SampleArtifacts.write(to: folder + "/a.h5")
      sleep(2)
      try ensureDirectory(folder + "/elsewhere")
      let second = try SampleArtifacts.write(to: folder + "/elsewhere/b.h5")
      #expect(first == second)
      let bytes = try BoundedReader.bytes(at: folder + "/a.h5", limit: 1 << 30)
      #expect(bytes == (try BoundedReader.bytes(at: folder + "/elsewhere/b.h5", limit: 1 << 30)))
    }
  }

  @Test func `the content digest follows meaning, not provenance or order`() throws {
    try withTemporaryFolder { folder in
      func content(
        kind: String = "sample", configuration: String = "{}", inputs: String = "{}",
        names: [String] = ["a", "b"], values: [Int32] = [1, 2], shape: [Int] = [2]
      ) throws -> Digest {
        try ArtifactWriter.write(
          to: folder + "/a.h5", kind: kind, configuration: Array(configuration.utf8),
          inputs: Array(inputs.utf8), createdBy: inputs
        ) { body in
          for name in names { try body.int32s(name, shape: shape, values: values) }
        }.content
      }
      let base = try content()
      #expect(try content(inputs: "{\"x\":1}") == base)
      #expect(try content(names: ["b", "a"]) == base)
      #expect(try content(kind: "other") != base)
      #expect(try content(configuration: "[]") != base)
      #expect(try content(names: ["a", "c"]) != base)
      #expect(try content(names: ["a"]) != base)
      #expect(try content(values: [1, 3]) != base)
      #expect(try content(shape: [2, 1]) != base)
    }
  }

  @Test func `long attributes come back whole`() throws {
    try withTemporaryFolder { folder in
      // Beyond the 64 KiB that fit an object header.
      let long = Array(String(repeating: "é数", count: 100_000).utf8)
      try ArtifactWriter.write(
        to: folder + "/a.h5", kind: "k", configuration: long, inputs: [], createdBy: ""
      ) { _ in }
      let reader = try ArtifactReader(path: folder + "/a.h5")
      #expect(reader.configuration == long)
      #expect(reader.inputs == [])
      #expect(reader.createdBy == "")
      #expect(reader.datasets.isEmpty)
    }
  }

  @Test func `artifacts are read by several threads at once`() async throws {
    let folder = NSTemporaryDirectory() + "distill-threads-\(UUID().uuidString)"
    try ensureDirectory(folder)
    defer { try? removeTree(folder) }
    try SampleArtifacts.write(to: folder + "/a.h5")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for _ in 0..<4 {
            let reader = try ArtifactReader(path: folder + "/a.h5")
            #expect(try reader.int32s("ids") == SampleArtifacts.ids(70_000))
            #expect(throws: HDF5Error.self) { try reader.int32s("missing \(task)") }
            try SampleArtifacts.writeSmall(to: folder + "/\(task).h5")
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
