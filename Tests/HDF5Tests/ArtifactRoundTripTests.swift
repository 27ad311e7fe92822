import Files
import TestSupport
import Testing

@testable import HDF5

/// An artifact with every element type, both storages, groups, growing and empty datasets.
func writeSample(to path: String, kind: String = "sample") throws -> ArtifactDigests {
  try ArtifactWriter.write(
    to: path, kind: kind, configuration: Array(#"{"hidden_size":4}"#.utf8),
    inputs: Array(#"{"teacher":"abc"}"#.utf8), createdBy: "distill 0.1"
  ) { body in
    try body.floats("weights/a.b", shape: [2, 3], values: [1, -2, 3.5, .pi, 0, -0.0])
    try body.int32s("ids", values: (0..<70_000).map { Int32($0 &* 7919 % 30_522) })
    try body.int64s("offsets", values: [0, .max, .min])
    try body.bytes("text/bytes", values: Array("naïve 数\n".utf8))
    let rows = try body.appendable("logits", .float32, row: [2])
    for row in 0..<40_000 { try rows.append([Float(row), -Float(row)]) }
    _ = try body.appendable("nothing", .int32)
    try body.floats("empty", shape: [0, 4], values: [])
  }
}

@Suite struct ArtifactRoundTripTests {
  @Test func `every element type comes back as it was written`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      let digests = try writeSample(to: path)
      let reader = try ArtifactReader(path: path, expecting: "sample")
      #expect(reader.contentDigest == digests.content)
      #expect(reader.fileDigest == digests.file)
      #expect(try reader.recomputeContentDigest() == digests.content)
      #expect(reader.configuration == Array(#"{"hidden_size":4}"#.utf8))
      #expect(reader.inputs == Array(#"{"teacher":"abc"}"#.utf8))
      #expect(reader.createdBy == "distill 0.1")
      #expect(
        reader.datasets.map(\.name) == [
          "empty", "ids", "logits", "nothing", "offsets", "text/bytes", "weights/a.b",
        ])
      let weights = try reader.floats("weights/a.b")
      #expect(weights == [1, -2, 3.5, .pi, 0, 0])
      #expect(weights[5].sign == .minus)
      #expect(try reader.int32s("ids") == (0..<70_000).map { Int32($0 &* 7919 % 30_522) })
      #expect(try reader.int64s("offsets") == [0, .max, .min])
      #expect(try reader.bytes("text/bytes") == Array("naïve 数\n".utf8))
      #expect(
        try reader.floats("logits", range: 39_998..<40_000) == [39_998, -39_998, 39_999, -39_999])
      #expect(try reader.int32s("nothing") == [])
      #expect(try reader.floats("empty") == [])
    }
  }
}
