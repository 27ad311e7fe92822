import Files
import TestSupport
import Testing

@testable import Text

/// Files of words in the form of Universal Dependencies, as treebanks have them.
@Suite struct ConllUTests {
  /// The rows of a file, columns 2 and 3, and what is told of it.
  private func read(
    _ text: String, _ name: String = "x.conllu"
  ) throws -> (rows: [LabelledRow], remarks: [String]) {
    try withTemporaryFolder { folder in
      var layout = RowLayout(text: "2", label: "3")
      layout.holdsWords = true
      let path = "\(folder)/\(name)"
      try AtomicFile.write(Array(text.utf8), to: path)
      let reader = try RowReader(path, layout: layout)
      var rows: [LabelledRow] = []
      while let row = try reader.next() { rows.append(row) }
      return (rows, reader.remarks.map { $0.replacing(folder + "/", with: "") })
    }
  }

  @Test(arguments: [
    "# global.Entity = GRP-etype", "# global.columns = ID FORM UPOS", "# s_type = decl",
    "#text=abc",
    "# text_en = all", "# meta::author = Sue", "#", "# a remark of two words", "# sent_id = 3",
  ])
  func `whatever a comment says, it is no word where tabs part the fields`(comment: String) throws {
    let text = "\(comment)\n1\tgood\tADJ\n2\tfilm\tNOUN\n\n\(comment)\n1\tbad\tADJ\n"
    let (rows, remarks) = try read(text)
    #expect(rows.map(\.words) == [["good", "film"], ["bad"]])
    #expect(rows.map(\.answer) == [.tags(["ADJ", "NOUN"]), .tags(["ADJ"])])
    #expect(rows.first?.line(ofWord: 1) == 3)
    #expect(remarks.isEmpty, "\(remarks)")
  }

  @Test func `a word that is a sharp stays one`() throws {
    let tabs = try read("1\tgood\tADJ\n2\t#\tSYM\n").rows
    #expect(tabs.map(\.words) == [["good", "#"]])
    try withTemporaryFolder { folder in
      try AtomicFile.write(Array("# O\n1 O\n\n# O\n".utf8), to: "\(folder)/x.conll")
      var layout = RowLayout()
      layout.holdsWords = true
      let rows = try RowReader.rows(of: "\(folder)/x.conll", layout: layout)
      #expect(rows.map(\.words) == [["#", "1"], ["#"]])
    }
  }

  @Test(arguments: [
    // A blank line is missing.
    ("1-2\tal\t_\n1\ta\tADP\n2\tel\tDET\n2.1\tx\t_\n1\tmar\tNOUN\n", [["a", "el", "mar"]], 2),
    // Numbers with a gap, and that begin with 2.
    ("1\ta\tADP\n3-4\tal\t_\n3\tel\tDET\n\n2-3\tc\t_\n2\tb\tADP\n", [["a", "el"], ["b"]], 2),
    // A sentence of a range alone is none, after one with words.
    ("1\ta\tADP\n2\tel\tDET\n\n1-2\tal\t_\n\n1\tb\tADP\n", [["a", "el"], ["b"]], 1),
  ])
  func `ranges and decimals are no words however the words are numbered`(
    text: String, words: [[String]], leftOut: Int
  ) throws {
    let (rows, remarks) = try read(text)
    #expect(rows.map(\.words) == words)
    #expect(!rows.contains { $0.answer == .tags(["_"]) })
    #expect(
      remarks.contains { $0.contains("\(leftOut) line") && $0.contains("left out") }, "\(remarks)")
    #expect(remarks.contains { $0.contains("blank line were missing") } == (words.count == 1))
  }

  @Test(arguments: [
    "2017-01\ta\tX\n2017-02\tb\tY\n", "0\ta\tX\n0.35\tb\tY\n1.2\tc\tY\n", "1\ta\tX\n1\tb\tY\n",
    "1\ta\tX\n2-2\tb\tY\n2\tc\tY\n", "1\ta\tX\n5-6\tb\tY\n2\tc\tY\n",
  ])
  func `dates, times and numbers of other things are no numbers of words`(text: String) throws {
    let (rows, remarks) = try read(text)
    #expect(rows.first?.words.count == text.split(separator: "\n").count)
    #expect(remarks.isEmpty, "\(remarks)")
  }

  @Test func `a comment within a sentence is told, not passed over`() throws {
    let error = #expect(throws: TextError.self) { try read("1\ta\tX\n#hashtag O\n2\tb\tY\n") }
    #expect(error.map { "\($0)".contains("x.conllu:2: has 1 columns") } ?? false)
  }

  @Test(arguments: ["x.conllu", "x.conllup.gz", "x.iob2", "x.BIO"])
  func `the endings of such files are known`(name: String) throws {
    #expect(try RowFormat(ofFile: name) == .conll)
  }

  @Test func `a glimpse tells that words are numbered`() throws {
    try withTemporaryFolder { folder in
      func glimpse(_ text: String) throws -> RowGlimpse {
        try AtomicFile.write(Array(text.utf8), to: "\(folder)/x.conll")
        return try RowGlimpse("\(folder)/x.conll")
      }
      let numbered = try glimpse("# a = b\n1\tnew york\tX\n2\tb\tY\n")
      #expect(numbered.numbersWords && numbered.columns.count == 3)
      // An empty node before the first word of a sentence that is not the first.
      let second = try glimpse("1\ta\tX\n2\tb\tY\n\n0.1\t_\t_\n1\tc\tX\n")
      #expect(second.numbersWords)
      for other in ["1 X\n2 Y\n", "good 1 X\nfilm 2 Y\n", "1 a X\n2 b Y\n\n- c X\n"] {
        let words = try glimpse(other)
        #expect(!words.numbersWords)
      }
    }
  }
}
