import TestSupport
import Testing

@testable import Files

@Suite struct JSONListReaderTests {
  private func elements(_ bytes: [UInt8], limit: Int = 1 << 24) throws -> [String] {
    try withTemporaryFolder { folder in
      let path = folder + "/t.json"
      try AtomicFile.write(bytes, to: path)
      let reader = try JSONListReader(path, elementLimit: limit)
      var elements: [String] = []
      while let (number, bytes) = try reader.next() {
        #expect(number == elements.count + 1)
        elements.append(String(decoding: bytes, as: UTF8.self))
      }
      #expect(try reader.next() == nil)
      return elements
    }
  }

  @Test(arguments: [
    ("[]", []), (" [ \n]\n", []), ("\u{FEFF}[1]", ["1"]), ("[1,2 , \n3\n]", ["1", "2 ", "3\n"]),
    (#"[{"a": "]},[\\\""}, ["x", {}]]"#, [#"{"a": "]},[\\\""}"#, #"["x", {}]"#]),
    ("[}, 1]", ["}", "1"]),
  ])
  func `elements end at their comma, or at the end of the list`(text: String, expected: [String])
    throws
  {
    #expect(try elements(Array(text.utf8)) == expected)
    #expect(try elements(Packed.gzip(Array(text.utf8))) == expected)
  }

  @Test func `pieces of the file end anywhere`() throws {
    let long = (0..<4_000).map {
      #"{"n": \#($0), "t": "\#(String(repeating: "ü\\\"", count: 50))"}"#
    }
    #expect(try elements(Array("[\(long.joined(separator: ", "))]".utf8)) == long)
  }

  @Test(arguments: [
    ("{}", "begins with something else"), ("", "ends before its list does, at element 0"),
    ("[", "ends before its list does, at element 1"),
    ("[1", "ends before its list does, at element 1"),
    ("[1,", "ends before its list does, at element 2"), (#"["a]"#, "ends before its list does"),
    ("[1,]", "element 2 is missing"), ("[,1]", "element 1 is missing"),
    ("[1] 2", "byte 4: something follows the list"), ("[[1]]]", "byte 5: something follows"),
    ("[12345678901]", "element 1 is longer than the 10 bytes allowed"),
  ])
  func `what is no list is refused`(text: String, words: String) throws {
    let error = #expect(throws: FileError.self) { try elements(Array(text.utf8), limit: 10) }
    #expect(error?.kind == .invalidJSON && error?.detail.contains(words) == true, "\(error as Any)")
  }
}
