import Files
import HDF5

/// Artifacts that the tests of this module write.
enum SampleArtifacts {
  static let configuration = Array(#"{"hidden_size":4,"labels":["é","数"]}"#.utf8)
  static let inputs = Array(#"{"teacher":"abc"}"#.utf8)

  static func ids(_ count: Int) -> [Int32] { (0..<count).map { Int32($0 &* 7919 % 30_522) } }

  /// Every element type, both storages, groups, growing and empty datasets.
  @discardableResult
  static func write(to path: String, kind: String = "sample") throws -> ArtifactDigests {
    try ArtifactWriter.write(
      to: path, kind: kind, configuration: configuration, inputs: inputs, createdBy: "distill 0.1"
    ) { body in
      try body.floats("weights/a.b", shape: [2, 3], values: [1, -2, 3.5, .pi, 0, -0.0])
      try body.int32s("ids", values: ids(70_000))
      try body.int64s("offsets", values: [0, .max, .min])
      try body.bytes("text/bytes", values: Array("naïve 数\n".utf8))
      let rows = try body.appendable("logits", .float32, row: [2])
      for row in 0..<40_000 { try rows.append([Float(row), -Float(row)]) }
      let growing = try body.appendable("growing", .int32)
      try growing.append(ids(200_001))
      try growing.append(ids(3))
      _ = try body.appendable("nothing", .int64)
      try body.floats("empty", shape: [0, 4], values: [])
      try body.floats("packed", shape: [3, 1], values: [1, 2, 3], storage: .compressed)
      try body.int32s("pairs", shape: [2, 2], values: [1, 2, 3, 4], storage: .contiguous)
    }
  }

  /// A few kilobytes.
  @discardableResult
  static func writeSmall(to path: String, kind: String = "sample") throws -> ArtifactDigests {
    try ArtifactWriter.write(
      to: path, kind: kind, configuration: configuration, inputs: [], createdBy: "distill 0.1"
    ) { body in
      try body.floats("weights/a", shape: [2], values: [1, 2])
      try body.int32s("ids", values: [1, 2, 3])
    }
  }
}
