import Compute
import Files
import TestSupport
import Testing

@testable import Augmentation

@Suite struct WordVectorsTests {
  private func parse(_ lines: [String]) throws -> WordVectors {
    var parser = WordVectorParser(path: "vectors.txt")
    for (index, line) in lines.enumerated() { try parser.read(line, number: index + 1) }
    return try parser.finish()
  }

  private func message(_ lines: [String]) -> String {
    do {
      _ = try parse(lines)
      return "accepted"
    } catch { return "\(error)" }
  }

  @Test func `vectors have unit length`() throws {
    let vectors = try parse(["good 3 4", "bad -0.5 0"])
    #expect(vectors.words == ["good", "bad"])
    #expect(vectors.table.values() == [0.6, 0.8, -1, 0])
    #expect(vectors.row(of: "bad") == 1)
    #expect(vectors.row(of: "worse") == nil)
  }

  @Test func `a header of count and dimension is tolerated`() throws {
    let vectors = try parse(["2 3", "good 1 0 0 ", "7 0 1 0"])
    #expect(vectors.words == ["good", "7"])
    #expect(vectors.table.columns == 3)
  }

  @Test func `a word may hold spaces and look like numbers`() throws {
    let vectors = try parse(["at 1 0", ". . . 0 1", "1 2 3 1 1"])
    #expect(vectors.words == ["at", ". . .", "1 2 3"])
    #expect(vectors.table.columns == 2)
    #expect(try parse(["7 1 0", "8 0 1"]).words == ["7", "8"])
  }

  @Test func `markers, zero vectors and repetitions are left out`() throws {
    let vectors = try parse(["<unk> 1 1", "zero 0 0", "good 0 2", "good 2 0", "", "</s> 1 0"])
    #expect(vectors.words == ["good"])
    #expect(vectors.table.values() == [0, 1])
  }

  @Test func `faults name the line`() {
    #expect(
      message(["good 1 2", "bad 1"]).hasPrefix("vectors.txt:2: expected a word and 2 numbers"))
    #expect(
      message(["good 1 2", "bad 1 x"]).hasPrefix("vectors.txt:2: 'x' is not a finite number"))
    #expect(message(["good 1 2", "bad 1 inf"]).contains("'inf' is not a finite number"))
    #expect(message(["good"]).hasPrefix("vectors.txt:1: expected a word and 1 numbers"))
    #expect(message(["3 0"]).contains("declares 0 dimensions"))
    #expect(message([]).contains("holds no word vectors"))
    #expect(message(["good 1 2", "bad 1 x"]).split(separator: "\n").count == 1)
  }

  @Test func `numbers are read as Float reads them`() throws {
    let spelt = [
      "0.418", "-0.41242", "1e-05", "-7.25E+2", "0", "-0.0", "+3.5", ".5", "4.", "123456789012345",
      "0.1234567890123456789", "12345678901234567890", "0.000000000000001",
    ]
    for text in spelt {
      let expected = try #require(Float(text))
      // Beside a number of the same size, so that unit length does not hide the value.
      let table = try parse(["word \(text) 1"]).table.values()
      let length = (Double(expected) * Double(expected) + 1).squareRoot()
      #expect(table == [Float(Double(expected) / length), Float(1 / length)], "\(text)")
    }
    for text in ["", "-", ".", "1.2.3", "1-2", "--1", "0x", "1,5"] {
      #expect(
        message(["good 1 2", "bad 1 \(text) 2 "]).contains("is not a finite number"), "\(text)")
    }
  }

  @Test func `a space is a space whatever follows it`() throws {
    let vectors = try parse(["good 1 0", "\u{301}x 0 1", "a \u{301}b 1 1"])
    #expect(vectors.words == ["good", "\u{301}x", "a \u{301}b"])
  }

  @Test func `a file is read as far as the limit`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/vectors.txt"
      try AtomicFile.write(Array("3 2\r\n<unk> 9 9\ngood 3 4\nbad 1 0\nfine 0 1\n".utf8), to: path)
      #expect(try WordVectors.read(path, limit: 2).words == ["good", "bad"])
      #expect(try WordVectors.read(path, limit: nil).words == ["good", "bad", "fine"])
      #expect(throws: FileError.self) { try WordVectors.read(folder + "/none.txt") }
    }
  }
}
