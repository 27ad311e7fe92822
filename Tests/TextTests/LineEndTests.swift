import Files
import Foundation
import TestSupport
import Testing
import Text

/// Files whose lines end as on old Macs, with CR alone.
struct LineEndTests {
  private static let files: [(name: String, text: String)] = [
    ("x.tsv", "sentence\tlabel\na b\t1\nit's \"\t0\n"),
    ("x.csv", "sentence,label\n\"a, \"\"b\"\"\nc\",1\nplain,0"),
    (
      "x.jsonl",
      "{\"sentence\": \"a\\tb\",\"label\": 1}\n\n{\"label\": \"x\", \"sentence\": \"c\"}\n"
    ),
    ("x.conll", "-DOCSTART- O\n\nEU B-ORG\nrejects O\n\nPeter B-PER\n"),
    ("x.txt", "one\n\ntwo é\nthree"),
  ]

  private func rows(_ text: String, _ folder: String, _ name: String) throws -> (
    rows: [LabelledRow], remarks: [String]
  ) {
    var layout = RowLayout()
    layout.holdsWords = name.hasSuffix(".conll")
    let reader = try RowReader(try write(text, folder, name), layout: layout)
    var rows: [LabelledRow] = []
    while let row = try reader.next() { rows.append(row) }
    return (rows, reader.remarks.map { $0.replacing(folder + "/", with: "") })
  }

  @Test(arguments: files)
  func `rows and their lines are those of the file with LF`(name: String, text: String) throws {
    try withTemporaryFolder { folder in
      let plain = try rows(text, folder, name)
      let old = try rows(text.replacing("\n", with: "\r"), folder, name)
      #expect(plain.rows.count > 1)
      #expect(old.rows == plain.rows)
      #expect(old.remarks == plain.remarks)
    }
  }

  @Test func `lines are those of Python's text mode`() throws {
    try withTemporaryFolder { folder in
      let texts = ["\n", "\r", "\r\n"].flatMap { end in
        ["a b\(end)\(end)é\(end)c", "\u{FEFF}a\(end)", "\(end)a\(end)\(end)", ""]
      }
      let paths = try texts.enumerated().map { try write($1, folder, "\($0).txt") }
      let expected = try PythonOracle.run("lines.py", paths).split(separator: "\n")
        .map { try JSONDecoder().decode([String].self, from: Data($0.utf8)) }
      #expect(expected.count == texts.count)
      for (path, lines) in zip(paths, expected) {
        let reader = try RowReader(path)
        for line in lines { #expect(try reader.next()?.text == line) }
        #expect(try reader.next() == nil)
      }
    }
  }

  @Test func `carriage returns that end no line are told with their cure`() throws {
    try withTemporaryFolder { folder in
      let text = "sentence\tlabel\na\rb\t1\nc\t0\nd\re\t1\n"
      let read = try rows(text, folder, "x.tsv")
      #expect(read.rows.map(\.text) == ["a\rb", "c", "d\re"])
      let told =
        "2 lines hold a carriage return (the first here); it is taken as a part of the line; to make "
        + "it end one: tr '\\r' '\\n' < FILE > NEW"
      #expect(read.remarks == ["x.tsv:2: " + told])
      let reader = try SentenceReader(try write(text, folder, "x.txt"))
      while try reader.next() != nil {}
      #expect(reader.remarks == ["\(folder)/x.txt:2: " + told])
      _ = try write(text, folder, "FILE")
      let cure = try #require(told.split(separator: "end one: ").last)
      #expect(try Program.run("/bin/sh", ["-c", String(cure)], in: folder).status == 0)
      #expect(
        try BoundedReader.text(at: folder + "/NEW", limit: 100) == text.replacing("\r", with: "\n"))
      // White space between the parts of an object means nothing.
      let objects = try rows("{\"sentence\": \"a\"}\n{\"sentence\":\r\"b\"}\n", folder, "x.jsonl")
      #expect(objects.rows.count == 2 && objects.remarks.isEmpty)
    }
  }
}
