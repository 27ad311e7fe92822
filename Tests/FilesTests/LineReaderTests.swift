import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct LineReaderTests {
  private func lines(_ bytes: [UInt8], limit: Int = 1 << 24) throws -> [String] {
    try withTemporaryFolder { folder in
      let path = folder + "/t.txt"
      try AtomicFile.write(bytes, to: path)
      let reader = try LineReader(path, lineLimit: limit)
      var lines: [String] = []
      while let (number, text) = try reader.next() {
        #expect(number == lines.count + 1)
        lines.append(text)
      }
      #expect(try reader.next() == nil)
      return lines
    }
  }

  @Test(arguments: [
    ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\r\nb\n\nc", ["a", "b", "", "c"]), ("\n", [""]),
    ("\r\n", [""]), ("a\rb\n", ["a\rb"]), ("\u{FEFF}a\nb", ["a", "b"]), ("\u{FEFF}", []),
    ("a\n\u{FEFF}b", ["a", "\u{FEFF}b"]), ("a\u{2028}b\u{85}c\n", ["a\u{2028}b\u{85}c"]),
    ("\"a\tb\n\"\n", ["\"a\tb", "\""]), ("数é😀\n", ["数é😀"]),
  ])
  func `lines end at LF or CR LF and nowhere else`(text: String, expected: [String]) throws {
    let read = try lines(Array(text.utf8))
    #expect(read.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }

  @Test func `lines across the pieces of a large file are whole`() throws {
    var expected: [String] = []
    for index in 0..<3000 {
      expected.append(String(repeating: "é\(index)", count: index % 700))
    }
    let text = expected.joined(separator: "\r\n") + "\r\n"
    #expect(text.utf8.count > 1 << 22)
    #expect(try lines(Array(text.utf8)) == expected)
  }

  /// Bytes, line and byte of the fault.
  @Test(
    arguments: [
      ([0x61, 0x0A, 0x62, 0xFF, 0x0A], "line 2: byte 3 is not valid UTF-8"),
      ([0x61, 0x0D, 0x0A, 0x62, 0x00], "line 2: byte 4 is NUL"),
      ([0xEF, 0xBB, 0xBF, 0x61, 0xC0, 0x80], "line 1: byte 4 is not valid UTF-8"),
      ([0xE2, 0x82], "line 1: byte 0 is not valid UTF-8"),
      ([0xF4, 0x90, 0x80, 0x80], "line 1: byte 0 is not valid UTF-8"),
      ([0x61, 0xE0, 0x80, 0x80], "line 1: byte 1 is not valid UTF-8"),
    ] as [([UInt8], String)])
  func `faulty text is refused with line and byte`(bytes: [UInt8], message: String) {
    #expect {
      try lines(bytes)
    } throws: { error in
      let error = error as? FileError
      return error?.kind == .invalidText && error?.detail.hasPrefix(message) == true
    }
  }

  @Test func `a line beyond the limit is refused without being kept`() throws {
    #expect(try lines(Array("12345\r\n12345".utf8), limit: 6) == ["12345", "12345"])
    #expect(throws: FileError.self) { try lines(Array("1\n1234567\n".utf8), limit: 6) }
    #expect(throws: FileError.self) {
      try lines([UInt8](repeating: 0x61, count: 3 << 20), limit: 1 << 20)
    }
  }
}
