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
    ("\r\n", [""]), ("\u{FEFF}a\nb", ["a", "b"]), ("\u{FEFF}", []),
    ("a\n\u{FEFF}b", ["a", "\u{FEFF}b"]), ("a\u{2028}b\u{85}c\n", ["a\u{2028}b\u{85}c"]),
    ("\"a\tb\n\"\n", ["\"a\tb", "\""]), ("数é😀\n", ["数é😀"]),
  ])
  func `lines end at LF or CR LF`(text: String, expected: [String]) throws {
    let read = try lines(Array(text.utf8))
    #expect(read.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }

  @Test(arguments: [
    ("a\rb", ["a", "b"]), ("a\rb\r", ["a", "b"]), ("a\r", ["a"]), ("\r", [""]),
    ("\r\ra", ["", "", "a"]), ("\r\r", ["", ""]), ("\u{FEFF}a\rb", ["a", "b"]),
    ("\u{FEFF}\ra", ["", "a"]), ("数\ré😀\r", ["数", "é😀"]),
  ])
  func `where the first line ends with CR alone all lines do`(text: String, expected: [String])
    throws
  {
    #expect(try lines(Array(text.utf8)) == expected)
  }

  @Test func `CR within a line that LF ends is a part of it, and counted`() throws {
    #expect(
      try lines(Array("a\nb\rc\r\n\rd\n".utf8)).map { Array($0.utf8) }
        == ["a", "b\rc", "\rd"].map { Array($0.utf8) })
    #expect(try lines(Array("a\r\r\nb\r\r\n".utf8)).map(\.utf8.count) == [1, 1])
    try withTemporaryFolder { folder in
      try AtomicFile.write(Array("a\nb\rc\rd\r\ne\nf\rg".utf8), to: folder + "/t.txt")
      let reader = try LineReader(folder + "/t.txt")
      while try reader.next() != nil {}
      #expect(reader.strayReturns == (count: 2, firstLine: 2))
    }
  }

  @Test(arguments: ["a\rb\n", "a\rb\r\nc\r\n", "a\r\rb\nc\n"])
  func `LF behind lines that CR ends is refused, and the cure makes Python's lines of it`(
    text: String
  ) throws {
    let error = #expect(throws: FileError.self) { try lines(Array(text.utf8)) }
    #expect(error?.kind == .invalidText)
    let detail = try #require(error?.detail)
    #expect(
      detail.contains(" ends with LF, the lines before it with CR alone; make the ends alike: "))
    try withTemporaryFolder { folder in
      let cure = try #require(detail.split(separator: "make the ends alike: ").last)
      try AtomicFile.write(Array(text.utf8), to: folder + "/FILE")
      #expect(try Program.run("/bin/sh", ["-c", String(cure)], in: folder).status == 0)
      let cured = try Data(contentsOf: URL(fileURLWithPath: folder + "/NEW"))
      let universal = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
      #expect(
        try lines(Array(cured))
          == universal.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
          .map(String.init))
    }
  }

  @Test(arguments: ["\r", "\n", "\r\n"])
  func `ends of lines at the ends of pieces are ends`(end: String) throws {
    // The first piece has 2^16 bytes, the next 2^18: the end lies before, across and behind their ends.
    for length in [1 << 16, (1 << 16) + (1 << 18)].flatMap({ $0 - 3...$0 + 1 }) {
      let long = String(repeating: "x", count: length)
      #expect(try lines(Array("\(long)\(end)b\(end)".utf8)) == [long, "b"])
      #expect(try lines(Array("a\(end)\(long)\(end)b\(end)".utf8)) == ["a", long, "b"])
    }
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
