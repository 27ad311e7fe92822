import TestSupport
import Testing
import Text

struct QuotingTests {
  private func reader(
    _ text: String, _ folder: String, _ name: String = "x.tsv", _ quoting: Quoting? = nil,
    skipping: Bool = false
  ) throws -> RowReader {
    try RowReader(
      try write(text, folder, name), layout: RowLayout(quoting: quoting),
      skipsMalformedRows: skipping)
  }

  private func rows(_ reader: RowReader) throws -> [LabelledRow] {
    var rows: [LabelledRow] = []
    while let row = try reader.next() { rows.append(row) }
    return rows
  }

  private let quoted = "sentence\tlabel\n\"he said \"\"no way\"\"\"\t0\ngood film\t1\n\"x\"\t0\n"

  @Test func `rows of TSV in quotation marks are counted, and taken apart as CSV when asked for`()
    throws
  {
    try withTemporaryFolder { folder in
      let plain = try reader(quoted, folder)
      #expect(try rows(plain).map(\.text) == ["\"he said \"\"no way\"\"\"", "good film", "\"x\""])
      #expect(
        plain.remarks.map { $0.replacing(folder + "/", with: "") } == [
          "x.tsv:2: 2 rows stand in quotation marks as in CSV, and they are taken as text (the first "
            + "here); give --quoting csv to take them off, --quoting none if they are meant"
        ])
      let csv = try reader(quoted, folder, "x.tsv", .csv)
      #expect(try rows(csv).map(\.text) == ["he said \"no way\"", "good film", "x"])
      #expect(csv.remarks.isEmpty)
      let none = try reader(quoted, folder, "x.tsv", Quoting.none)
      #expect(try rows(none).count == 3)
      #expect(none.remarks.isEmpty)
    }
  }

  @Test func `marks inside a text are no quoting`() throws {
    try withTemporaryFolder { folder in
      let reader = try reader("sentence\na \"b\" c\n\"a\" or \"b\"\nb\"\n", folder)
      #expect(try rows(reader).count == 3)
      #expect(reader.remarks.isEmpty)
    }
  }

  @Test(arguments: [
    "sentence\tlabel\n\"the film\nis bad\"\t0\ngood film\t1\n",
    "label\tsentence\n0\t\"the film\n\nis bad\"\n1\tgood film\n",
  ])
  func `half a row that a quoted line break cut off is never a row`(text: String) throws {
    try withTemporaryFolder { folder in
      for skipping in [false, true] {
        let reader = try reader(text, folder, skipping: skipping)
        let message = message { _ = try rows(reader) }.replacing(folder + "/", with: "")
        #expect(
          message
            == "x.tsv:2: a quotation mark opens a field that goes on in the next line, as in CSV; "
            + "give --quoting csv, or --quoting none where the mark is a character like others")
      }
      // Both cures work.
      let joined = try rows(try reader(text, folder, "x.tsv", .csv))
      #expect(joined.map(\.label) == ["0", "1"])
      #expect(joined[0].text.hasPrefix("the film\n"))
      let none = try reader(text, folder, "x.tsv", Quoting.none, skipping: true)
      #expect(try rows(none).last?.text == "good film")
      #expect(none.skippedRows == 1)
    }
  }

  @Test func `CSV without quoting is cut at every comma`() throws {
    try withTemporaryFolder { folder in
      let reader = try reader("sentence,label\nsay \"a\" now,1\n", folder, "x.csv", Quoting.none)
      #expect(try rows(reader) == [LabelledRow(text: "say \"a\" now", label: "1", line: 2)])
    }
  }

  @Test func `a field that is never closed is named by the line in which it opens`() throws {
    try withTemporaryFolder { folder in
      let text = "sentence,label\n\"a\nb\",\"1\nrest\n" + String(repeating: "x\n", count: 100)
      let reader = try reader(text, folder, "x.csv")
      let message = message { _ = try rows(reader) }.replacing(folder + "/", with: "")
      #expect(
        message == "x.csv:3: a quoted field is never closed; close it, or give --quoting none")
    }
  }

  @Test func `a field that is never closed does not take in more than a line may hold`() throws {
    try withTemporaryFolder { folder in
      let line = String(repeating: "x", count: 1 << 20) + "\n"
      let text = "sentence,label\n\"" + String(repeating: line, count: 18) + "\",1\n"
      let reader = try reader(text, folder, "x.csv")
      let message = message { _ = try rows(reader) }.replacing(folder + "/", with: "")
      #expect(
        message == "x.csv:2: a quoted field is not closed within 16777216 bytes; close it, or give "
          + "--quoting none")
    }
  }

  @Test func `a header of ten thousand columns is read in a moment`() throws {
    try withTemporaryFolder { folder in
      let names = (0..<10_000).map { "column-\($0)" } + ["sentence"]
      let row = Array(repeating: "1", count: 10_000) + ["good"]
      let text = [names, row, row].map { $0.joined(separator: "\t") + "\n" }.joined()
      let start = ContinuousClock.now
      let texts = try rows(try reader(text, folder)).map(\.text)
      #expect(texts == ["good", "good"])
      let seconds = ContinuousClock.now - start
      // Comparing every name with every other one takes minutes in a debug build.
      #expect(seconds < .seconds(20))
      let unknown = RowLayout(text: "body")
      let refused = message {
        _ = try RowReader(try write(text, folder, "x.tsv"), layout: unknown)
      }
      #expect(refused.utf8.count < 1000 && refused.contains("and 9981 more"))
    }
  }
}
