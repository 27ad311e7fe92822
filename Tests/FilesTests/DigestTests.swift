import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct DigestTests {
  @Test func `a file is no longer digested when it is asked to end`() throws {
    struct Stop: Error {}
    try withTemporaryFolder { folder in
      try AtomicFile.write([UInt8](repeating: 1, count: 3 << 20), to: folder + "/a")
      #expect(throws: Stop.self) {
        try LongReading.asking({ throw Stop() }) { try Digest.ofFileOrFolder(folder) }
      }
      _ = try Digest.ofFileOrFolder(folder)
    }
  }

  /// FIPS 180-2, appendix B, and the empty message.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ])
  func `known messages have their published digests`(message: String, digest: String) throws {
    #expect(Digest.of(message).hexadecimal == digest)
    var builder = DigestBuilder()
    let bytes = Array(message.utf8)
    var start = 0
    var step = 1
    while start < bytes.count {
      let end = min(bytes.count, start + step)
      builder.update(Array(bytes[start..<end]))
      (start, step) = (end, step * 3 + 1)
    }
    #expect(builder.finish().hexadecimal == digest)
    try withTemporaryFolder { folder in
      try AtomicFile.write(message, to: folder + "/m")
      #expect(try Digest.ofFile(folder + "/m").hexadecimal == digest)
    }
  }

  @Test func `numbers are digested by their little-endian bytes`() {
    var builder = DigestBuilder()
    builder.update([Int32(0x0403_0201)])
    builder.update([Float(1)].span)
    #expect(builder.finish() == Digest.of([1, 2, 3, 4, 0, 0, 0x80, 0x3F]))
  }

  @Test func `a digest goes through its digits, its bytes and JSON unchanged`() throws {
    let digest = Digest.of("abc")
    #expect(Digest(hexadecimal: digest.hexadecimal) == digest)
    #expect(Digest(bytes: digest.bytes) == digest)
    let json = try JSONEncoder().encode([digest])
    #expect(String(decoding: json, as: UTF8.self) == "[\"\(digest)\"]")
    #expect(try JSONDecoder().decode([Digest].self, from: json) == [digest])
  }

  @Test(arguments: [
    "", "abc", String(repeating: "A", count: 64), String(repeating: "g", count: 64),
  ])
  func `what is not 64 lower-case digits is no digest`(text: String) {
    #expect(Digest(hexadecimal: text) == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Digest].self, from: try JSONEncoder().encode([text]))
    }
  }

  @Test func `a folder's digest follows names and contents, not dates or hidden files`() throws {
    try withTemporaryFolder { folder in
      for copy in ["one", "two"] {
        try ensureDirectory("\(folder)/\(copy)/sub")
        try AtomicFile.write("x", to: "\(folder)/\(copy)/sub/b")
        try AtomicFile.write("y", to: "\(folder)/\(copy)/a")
      }
      let expected = Digest.of("\(Digest.of("y")) a\n\(Digest.of("x")) sub/b\n")
      #expect(try Digest.ofFileOrFolder(folder + "/one") == expected)
      try AtomicFile.write("hidden", to: folder + "/two/.cache")
      #expect(try Digest.ofFolder(folder + "/two") == expected)
      try AtomicFile.write("z", to: folder + "/two/sub/b")
      #expect(try Digest.ofFolder(folder + "/two") != expected)
    }
  }
}
