import Files
import TestSupport
import Testing
import Text

/// WikiText as its publishers ship it.
struct WikiTextTests {
  private static let text = """
    \u{20}
     = First title =\u{20}
    \u{20}
     One @-@ two , 1 @,@ 000 and 2 @.@ 5 of a <unk> .\u{20}
     Next <unk>s .\u{20}
    \u{20}
     = = A part = =\u{20}
    \u{20}
     x = y @ z @-@w\u{20}
    \u{20}
     = = = Less = = =\u{20}
     = Second title =\u{20}
     End .\u{20}

    """

  private func read(
    _ text: String, wikiText: Bool = true, limit: Int = .max
  ) throws -> (documents: [[String]], remarks: [String]) {
    try withTemporaryFolder { folder in
      let reader = try SentenceReader(
        try write(text, folder, "x.txt"),
        wikiText: wikiText ? WikiText(unknownToken: "[UNK]") : nil, limit: limit)
      var (documents, open): ([[String]], [String]) = ([], [])
      while let batch = try reader.next() {
        var start = 0
        for end in batch.documentEnds {
          open += batch.sentences[start..<end]
          if !open.isEmpty { documents.append(open) }
          (open, start) = ([], end)
        }
        open += batch.sentences[start...]
      }
      return (documents, reader.remarks.map { $0.replacing(folder + "/", with: "") })
    }
  }

  @Test func `headings are no sentences, a title begins a document, marks are joined again`() throws
  {
    let (documents, remarks) = try read(Self.text)
    #expect(
      documents == [
        [
          " One-two , 1,000 and 2.5 of a [UNK] . ", " Next [UNK]s . ", " x = y @ z @-@w ",
        ],
        [" End . "],
      ])
    #expect(
      remarks == [
        "x.txt:2: 4 headings are no sentences (the first here); left out",
        "x.txt:4: 2 words are <unk> (the first here); the tokenizer's unknown token to the model",
      ])
  }

  @Test func `text that looks like WikiText is read as it stands, and told`() throws {
    let (documents, remarks) = try read(Self.text, wikiText: false)
    #expect(documents.flatMap(\.self).contains(" = First title = "))
    #expect(
      remarks == [
        "x.txt:2: 5 lines are written as in WikiText (' = Title = ', ' @-@ ') (the first here); give "
          + "--layout wikitext if it is"
      ])
    #expect(try read("a = b\nmail me @ home\n= x\n", wikiText: false).remarks == [])
  }

  @Test func `no more sentences are read than the limit, and the document ends there`() throws {
    #expect(try read(Self.text, limit: 2).documents.map(\.count) == [2])
    #expect(try read(Self.text, limit: 0).documents == [])
    let many = (0..<9000).map { "line \($0)\n" }.joined()
    #expect(try read(many, wikiText: false, limit: 7000).documents.map(\.count) == [7000])
  }

  @Test func `a file with columns is no WikiText`() throws {
    try withTemporaryFolder { folder in
      let path = try write("sentence\na\n", folder, "x.tsv")
      let refused = message {
        _ = try SentenceReader(path, wikiText: WikiText(unknownToken: "[UNK]"))
      }
      #expect(refused == "\(path): is no text, which WikiText is; leave --layout wikitext out")
      #expect(try SentenceReader(path).next()?.sentences == ["a"])
    }
  }
}
