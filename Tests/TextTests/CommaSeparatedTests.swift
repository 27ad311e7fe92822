import Files
import TestSupport
import Testing
import Text

/// CSV against pandas; `Tests/Oracles/csv_rows.py` makes the fixture.
struct CommaSeparatedTests {
  @Test func `CSV is read as pandas reads it, gaps as they are written`() throws {
    let cases = try fixtureLines("csv_rows.jsonl")
    #expect(cases.count > 200)
    try withTemporaryFolder { folder in
      for one in cases {
        let text = try #require(one.object?["text"]?.string)
        let expected = try #require(one.object?["rows"]?.array).map { row in
          (row.array ?? []).map { $0.string ?? "" }
        }
        let rows = try RowReader.rows(of: try write(text, folder, "x.csv"))
        #expect(rows.map { [$0.text, $0.label ?? ""] } == expected, "\(text)")
      }
    }
  }

  @Test func `a mark within a field that does not begin with one is text, and counted`() throws {
    try withTemporaryFolder { folder in
      let reader = try RowReader(
        try write("sentence,label\na \"b\" c,1\nplain,0\nd\"\"e,0\n", folder, "x.csv"))
      var texts: [String] = []
      while let row = try reader.next() { texts.append(row.text) }
      #expect(texts == ["a \"b\" c", "plain", "d\"\"e"])
      #expect(
        reader.remarks.map { $0.replacing(folder + "/", with: "") } == [
          "x.csv:2: 2 rows have a quotation mark within a field that does not begin with one (the first "
            + "here); it is taken as text, as tables do"
        ])
    }
  }
}
