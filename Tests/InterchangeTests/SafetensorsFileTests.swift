import Files
import Foundation
import Interchange
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
  /// A file with this header and `payload` bytes behind it.
  private static func file(_ header: String, payload: Int = 0, length: UInt64? = nil) -> [UInt8] {
    let bytes = Array(header.utf8)
    let length = length ?? UInt64(bytes.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + bytes
      + [UInt8](repeating: 0, count: payload)
  }

  private static func entry(
    _ type: String = "\"F32\"", _ shape: String = "[2]", _ offsets: String = "[0,8]"
  ) -> String {
    "{\"dtype\":\(type),\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  private func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
    try withTemporaryFolder { folder in
      let path = folder + "/x.safetensors"
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      do {
        return try SafetensorsFile(path: path)
      } catch {
        #expect("\(error)".contains("/x.safetensors: "))
        #expect(!"\(error)".contains("\n") && "\(error)".utf8.count < 1000)
        throw error
      }
    }
  }

  private static let huge = "99999999999999999999"

  /// Header lies, with a part of the message each must give.
  private static let refused: [([UInt8], String)] = [
    ([], "only 0 bytes"), ([1, 0, 0], "only 3 bytes"), (file(""), "does not start with {"),
    (file("{}", length: 3), "claims 3 bytes, the file has 10"),
    (file("{}", length: 100_000_001), "more than 100000000"),
    (file("{}", length: .max), "more than 100000000"),
    (file("{}", length: 1 << 63), "more than 100000000"),
    (file(" {}"), "does not start with {"), (file("[]"), "does not start with {"),
    (file("{\"a\":\(entry())", payload: 8), "comma or }"), (file("{} x"), "after the end"),
    (file("{}") + [0], "1 bytes after its last"),
    (file("{}\u{FEFF}"), "after the end"), ([2, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0xFF], "UTF-8"),
    (file("{\"a\":\(entry()),\"a\":\(entry())}", payload: 8), "\"a\" occurs twice"),
    (file("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}"), "\"dtype\" occurs twice"),
    (file("{\"a\":1}"), "its entry is an integer"), (file("{\"a\":{}}"), "no dtype"),
    (file("{\"a\":\(entry("1"))}", payload: 8), "no dtype"),
    (file("{\"a\":\(entry("\"F33\""))}", payload: 8), "unknown dtype F33"),
    (file("{\"a\":\(entry("\"f32\""))}", payload: 8), "unknown dtype f32"),
    (file("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", payload: 8), "no shape"),
    (file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", payload: 8), "data_offsets"),
    (
      file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", payload: 8),
      "unknown key x"
    ),
    (file("{\"a\":\(entry("\"F32\"", "2"))}", payload: 8), "no shape"),
    (file("{\"a\":\(entry("\"F32\"", "[-2]"))}", payload: 8), "whole number"),
    (file("{\"a\":\(entry("\"F32\"", "[2.0]"))}", payload: 8), "whole number"),
    (file("{\"a\":\(entry("\"F32\"", "[\(huge)]"))}", payload: 8), "whole number"),
    (file("{\"a\":\(entry("\"F32\"", "[9223372036854775807]"))}", payload: 8), "impossible"),
    (file("{\"a\":\(entry("\"F32\"", "[4294967296,4294967296]"))}", payload: 8), "impossible"),
    (
      file("{\"a\":\(entry("\"F32\"", "[1,1,1,1,1,1,1,1,2]"))}", payload: 8), "9 dimensions"
    ),
    (file("{\"a\":\(entry("\"F4\"", "[3]", "[0,1]"))}", payload: 1), "impossible for F4"),
    (file("{\"a\":\(entry("\"F32\"", "[3]"))}", payload: 8), "take 12 bytes, not 8"),
    (file("{\"a\":\(entry("\"F64\"", "[]"))}", payload: 7), "cut short"),
    (file("{\"a\":\(entry("\"F32\"", "[]"))}", payload: 8), "take 4 bytes, not 8"),
    (file("{\"a\":\(entry("\"F32\"", "[0]"))}", payload: 8), "take 0 bytes, not 8"),
    (file("{\"a\":\(entry("\"F32\"", "[2]", "[8]"))}", payload: 8), "data_offsets"),
    (file("{\"a\":\(entry("\"F32\"", "[2]", "[0,8,8]"))}", payload: 8), "data_offsets"),
    (file("{\"a\":\(entry("\"F32\"", "[2]", "[0,8.0]"))}", payload: 8), "data_offsets"),
    (file("{\"a\":\(entry("\"F32\"", "[2]", "[\"0\",8]"))}", payload: 8), "data_offsets"),
    (file("{\"a\":\(entry("\"F32\"", "[2]", "[-8,0]"))}", payload: 8), "data_offsets"),
    (file("{\"a\":\(entry("\"F32\"", "[2]", "[0,1e30]"))}", payload: 8), "data_offsets"),
    (file("{\"a\":\(entry("\"F32\"", "[2]", "[0,\(huge)]"))}", payload: 8), "data_offsets"),
    (file("{\"a\":\(entry("\"F32\"", "[2]", "[8,0]"))}", payload: 8), "end before they begin"),
    (file("{\"a\":\(entry("\"F32\"", "[2]", "[4,12]"))}", payload: 12), "4 bytes before tensor a"),
    (file("{\"a\":\(entry())}", payload: 9), "1 bytes after its last tensor"),
    (file("{\"a\":\(entry())}", payload: 4), "its tensors take 8 bytes, 4 are there"),
    (file("{\"a\":\(entry()),\"b\":\(entry())}", payload: 8), "overlaps"),
    (
      file("{\"a\":\(entry()),\"b\":\(entry("\"F32\"", "[2]", "[4,12]"))}", payload: 12), "overlaps"
    ),
    (
      file("{\"a\":\(entry()),\"b\":\(entry("\"F32\"", "[2]", "[12,20]"))}", payload: 20),
      "4 bytes before tensor b"
    ),
    (file("{\"__metadata__\":[]}"), "__metadata__ is an array"),
    (file("{\"__metadata__\":{\"a\":1}}"), "maps a to an integer"),
    (file("{\"__metadata__\":{\"a\":null}}"), "maps a to null"),
    (file("{\"a\\u001b[31m\\n\":1}"), "its entry is an integer"),
    (file(String(repeating: "{\"a\":", count: 100_000)), "nested more than 64"),
  ]

  @Test(arguments: refused) func `a header that lies is refused`(bytes: [UInt8], message: String) {
    #expect {
      try open(bytes)
    } throws: { error in
      "\(error)".contains(message) && !"\(error)".contains("\u{1B}")
    }
  }

  @Test func `the smallest files are read`() throws {
    #expect(try open(Self.file("{}")).tensors.isEmpty)
    #expect(try open(Self.file("{}     ")).metadata.isEmpty)
    let file = try open(Self.file("{\"a\":\(Self.entry())}  ", payload: 8))
    #expect(file.tensors.map(\.name) == ["a"])
    #expect(file.tensors[0].shape == [2])
    #expect(file.tensor("b") == nil)
    let empty = Self.entry("\"F32\"", "[0]", "[8,8]")
    #expect(
      try open(Self.file("{\"z\":\(empty),\"y\":\(empty),\"a\":\(Self.entry())}", payload: 8))
        .tensors.count == 3)
  }

  @Test func `every type is read as the reference library reads it`() throws {
    let file = try SafetensorsFile(path: Fixtures.path("safetensors/types.safetensors"))
    #expect(file.metadata == ["format": "pt", "note": "é\n\"数\""])
    let json = try Fixtures.bytes("safetensors/types.json")
    let members = try #require(try StrictJSON.parse(json, path: "types.json").object).members
    #expect(members.count == 12)
    #expect(Set(members.map(\.name)) == Set(file.tensors.map(\.name)))
    for (name, value) in members {
      let expected = try #require(value.object)
      let tensor = try #require(file.tensor(name))
      #expect(tensor.type.rawValue == expected["dtype"]?.string)
      #expect(tensor.shape == expected["shape"]?.array?.compactMap(\.integer))
      if let bits = expected["bits"]?.array?.compactMap(\.integer) {
        let values = try file.floats(name)
        #expect(values.count == bits.count)
        for (value, bits) in zip(values, bits) {
          let wanted = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
          let isSame = value.bitPattern == wanted.bitPattern || (value.isNaN && wanted.isNaN)
          #expect(isSame, "\(name): \(value) for \(wanted)")
        }
        #expect(throws: InterchangeError.self) { try file.integers(name) }
      } else {
        let integers = try #require(expected["integers"]?.array).compactMap(\.integer)
        #expect(try file.integers(name).map { Int($0) } == integers)
        #expect(throws: InterchangeError.self) { try file.floats(name) }
      }
    }
    #expect(throws: InterchangeError.self) { try file.floats("missing") }
  }
}
