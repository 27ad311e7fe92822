import Files
import TestSupport
import Testing
import Text

@Suite struct RowGlimpseTests {
  private func glimpse(
    _ text: String, _ name: String, limit: Int = 10
  ) throws -> RowGlimpse {
    try withTemporaryFolder { folder in
      try AtomicFile.write(text, to: "\(folder)/\(name)")
      return try RowGlimpse("\(folder)/\(name)", limit: limit)
    }
  }

  @Test func `columns and rows are what the file has, whatever they mean`() throws {
    let rows = try glimpse("a\tb\n1\tx y\n\n2\n", "rows.tsv")
    #expect(rows.columns == ["a", "b"] && rows.isWhole && !rows.isQuoted)
    #expect(rows.rows == [[.string("1"), .string("x y")], [.string("2"), .null]])
    #expect(rows.values(of: 1) == [.string("x y")])
    #expect(rows.values(of: 7) == [])
    let quoted = try glimpse("\"a\"\t\"b\"\n\"1\"\t\"x\ty\"\n", "rows.tsv")
    #expect(quoted.isQuoted && quoted.columns == ["a", "b"])
    #expect(quoted.rows == [[.string("1"), .string("x\ty")]])
    let commas = try glimpse("a,b\n1,\"x, y\"\n", "rows.csv")
    #expect(commas.rows == [[.string("1"), .string("x, y")]])
  }

  @Test func `keys of objects are columns, in the order in which they come`() throws {
    let rows = try glimpse("{\"a\": 1}\n{\"b\": [\"x\"], \"a\": null}\n", "rows.jsonl")
    #expect(rows.columns == ["a", "b"])
    #expect(rows.rows == [[.integer(1), .null], [.null, .array([.string("x")])]])
  }

  @Test func `words with tags have numbers for columns, and texts have none`() throws {
    let words = try glimpse("-DOCSTART- O\n\n# id 1\nthe O\nfilm B-x\n", "rows.conll")
    #expect(words.columns == ["1", "2"] && words.rows.count == 2)
    let texts = try glimpse("one\ntwo\n", "rows.txt", limit: 1)
    #expect(texts.columns == [] && texts.rows == [[.string("one")]] && !texts.isWhole)
  }

  @Test func `an empty file is refused`() {
    let error = #expect(throws: TextError.self) { try glimpse("", "rows.tsv") }
    #expect(error?.description.contains("is empty; give a file") == true)
  }
}
