import Files
import Foundation
import Interchange
import TestSupport
import Testing

@Suite struct SafetensorsWriterTests {
  private static let tensors: [(name: String, shape: [Int], values: [Float])] = [
    ("b.weight", [2, 3], [1, -2, 3.5, .pi, 0, -0.0]), ("a", [1], [7]), ("empty", [0, 4], []),
    ("scalar", [], [-1.5]), ("naïve \"数\"\n", [2], [.infinity, .leastNonzeroMagnitude]),
    ("large", [300_000], (0..<300_000).map { Float($0) }),
  ]

  @Test func `tensors come back as they were written, in order of their names`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.safetensors"
      let digest = try SafetensorsWriter.write(
        to: path, metadata: ["state": "{\"step\":3}"], tensors: Self.tensors)
      #expect(try Digest.ofFile(path) == digest)
      let file = try SafetensorsFile(path: path)
      #expect(file.metadata == ["format": "pt", "state": "{\"step\":3}"])
      #expect(
        file.tensors.map(\.name) == [
          "a", "b.weight", "empty", "large", "naïve \"数\"\n", "scalar",
        ])
      for tensor in Self.tensors {
        #expect(file.tensor(tensor.name)?.shape == tensor.shape)
        let bits = try file.floats(tensor.name).map(\.bitPattern)
        #expect(bits == tensor.values.map(\.bitPattern))
      }
      let bytes = try BoundedReader.bytes(at: path, limit: 1 << 24)
      #expect(bytes[0] % 8 == 0 && bytes[8] == UInt8(ascii: "{"))
    }
  }

  @Test func `the order given does not change the bytes`() throws {
    try withTemporaryFolder { folder in
      let first = try SafetensorsWriter.write(
        to: folder + "/a", metadata: ["x": "1", "y": "2"], tensors: Self.tensors)
      let second = try SafetensorsWriter.write(
        to: folder + "/b", metadata: ["y": "2", "x": "1"], tensors: Self.tensors.reversed())
      #expect(first == second)
    }
  }

  @Test func `tensors of several types are streamed, and parts of them read`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a"
      let layout: [SafetensorsWriter.Entry] = [
        .init("wide", .float32, shape: [4]), .init("half", .bfloat16, shape: [3]),
        .init("long", .int64, shape: [3]),
      ]
      try SafetensorsWriter.stream(
        to: path, metadata: ["key": "1"], isSealed: true, layout: layout
      ) { writer in
        try writer.write([Float(1), -2, .pi].map { BFloat16.bits(of: $0) })
        try writer.write([Int64(0), -7, 1 << 40])
        try writer.write([Float(1), 2])
        try writer.write([Float(3), .pi])
      }
      let file = try SafetensorsFile(path: path)
      try file.verifySeal()
      #expect(
        try RegularFile(path).size
          == SafetensorsWriter.size(metadata: ["key": "1"], isSealed: true, layout: layout))
      #expect(try file.int64s("long", range: 1..<3) == [-7, 1 << 40])
      #expect(try file.floats("half") == [1, -2, 3.140625])
      func part(_ name: String, from first: Int, count: Int) throws -> [Float] {
        var values = [Float](repeating: 0, count: count)
        var span = values.mutableSpan
        try file.readFloats(name, from: first, into: &span)
        return values
      }
      #expect(try part("wide", from: 1, count: 3) == [2, 3, .pi])
      #expect(try part("half", from: 2, count: 1) == [3.140625])
      #expect(throws: InterchangeError.self) { try part("wide", from: 2, count: 3) }
      #expect(throws: InterchangeError.self) { try part("long", from: 0, count: 1) }
      #expect(throws: InterchangeError.self) { try file.int64s("long", range: 0..<4) }
      #expect(throws: InterchangeError.self) { try file.int64s("wide", range: 0..<1) }
    }
  }

  @Test func `bfloat16 is the nearest of the two neighbours, the even one of equals`() {
    var numbers = ArbitraryNumbers(7)
    for _ in 0..<10_000 {
      let bits = UInt32(numbers.below(1 << 16)) << 16 | UInt32(numbers.below(1 << 16))
      let value = Float(bitPattern: bits)
      guard value.isFinite, abs(value) < 3e38 else { continue }
      let low = value.bitPattern & 0xFFFF_0000
      let (below, above) = (Float(bitPattern: low), Float(bitPattern: low &+ 0x1_0000))
      let (down, up) = (abs(Double(value) - Double(below)), abs(Double(above) - Double(value)))
      let isBelow = down < up || (down == up && low & 0x1_0000 == 0)
      #expect(BFloat16.float(BFloat16.bits(of: value)) == (isBelow ? below : above))
    }
    #expect(BFloat16.float(BFloat16.bits(of: 1 + 0x1p-8)) == 1)
    #expect(BFloat16.float(BFloat16.bits(of: 1 + 0x3p-8)) == 1 + 0x1p-6)
    #expect(BFloat16.float(BFloat16.bits(of: .nan)).isNaN)
    #expect(BFloat16.float(BFloat16.bits(of: Float(bitPattern: 0x7F80_0001))).isNaN)
    #expect(BFloat16.float(BFloat16.bits(of: -.infinity)) == -.infinity)
    #expect(BFloat16.float(BFloat16.bits(of: .greatestFiniteMagnitude)) == .infinity)
  }

  @Test func `tensors are asked for one at a time and a failure leaves nothing`() throws {
    struct Stop: Error {}
    try withTemporaryFolder { folder in
      var asked: [String] = []
      #expect(throws: Stop.self) {
        try SafetensorsWriter.write(
          to: folder + "/a", layout: [("c", [1]), ("a", [2]), ("b", [1])]
        ) { name in
          asked.append(name)
          if name == "b" { throw Stop() }
          return [1, 2]
        }
      }
      #expect(asked == ["a", "b"])
      let left = try folderEntries(folder)
      #expect(left == [])
    }
  }

  @Test func `a seal notices any changed byte`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.safetensors"
      try SafetensorsWriter.write(
        to: path, metadata: ["state": "{}"], isSealed: true,
        tensors: [("w", [3], [1, 2, 3]), ("z.distill", [1], [4])])
      try SafetensorsFile(path: path).verifySeal()
      let bytes = try BoundedReader.bytes(at: path, limit: 1 << 20)
      for index in bytes.indices {
        var damaged = bytes
        damaged[index] ^= UInt8(1) << UInt8(index % 8)
        try Data(damaged).write(to: URL(fileURLWithPath: folder + "/bad"))
        #expect(throws: (any Error).self, "byte \(index)") {
          try SafetensorsFile(path: folder + "/bad").verifySeal()
        }
      }
      try SafetensorsWriter.write(to: path, tensors: [("w", [1], [1])])
      #expect(throws: InterchangeError.self) { try SafetensorsFile(path: path).verifySeal() }
    }
  }

  @Test(.enabled(if: PythonOracle.isAvailable), arguments: [false, true])
  func `the reference library reads what we write`(isSealed: Bool) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.safetensors"
      try SafetensorsWriter.write(
        to: path, metadata: ["note": "é\u{1}"], isSealed: isSealed, tensors: Self.tensors)
      let json = try PythonOracle.run("read_safetensors.py", [path])
      let found = try #require(try StrictJSON.parse(Array(json.utf8), path: "python").object)
      let metadata = try #require(found["metadata"]?.object)
      #expect(metadata["format"] == .string("pt") && metadata["note"] == .string("é\u{1}"))
      let tensors = try #require(found["tensors"]?.object)
      #expect(tensors.members.count == Self.tensors.count + (isSealed ? 1 : 0))
      for (name, shape, values) in Self.tensors {
        var builder = DigestBuilder()
        builder.update(values)
        let tensor = try #require(tensors[name]?.object)
        #expect(tensor["dtype"] == .string("F32"))
        #expect(tensor["shape"] == .array(shape.map { .integer($0) }))
        #expect(tensor["values"] == .string(builder.finish().hexadecimal))
      }
    }
  }
}
