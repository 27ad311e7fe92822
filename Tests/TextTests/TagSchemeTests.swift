import Testing
import Text

/// Which scheme tags are in, and what they are in IOB2.
@Suite struct TagSchemeTests {
  private func rows(_ sentences: [String]) -> [LabelledRow] {
    var line = 1
    return sentences.map { sentence in
      let tags = sentence.split(separator: " ").map(String.init)
      defer { line += tags.count + 1 }
      return LabelledRow(
        words: tags.map { _ in "w" }, answer: .tags(tags), line: line, wordsHaveLines: true)
    }
  }

  private func written(
    _ sentences: [String], scheme: TagScheme? = nil, labels: [String] = []
  ) throws -> (scheme: TagScheme?, tags: [String], note: String?) {
    let rows = rows(sentences)
    let tagged = try TaggedRows([("f", rows)], scheme: scheme, labels: labels)
    let (written, notes) = tagged.written(rows, path: "f")
    #expect(notes.count < 2)
    return (tagged.scheme, written.map { $0.tags.joined(separator: " ") }, notes.first)
  }

  private func refusal(
    _ sentences: [String], scheme: TagScheme? = nil, labels: [String] = []
  ) -> String {
    message { _ = try written(sentences, scheme: scheme, labels: labels) }
  }

  @Test(arguments: [
    // Two persons side by side: IOB1 marks the second alone.
    (
      TagScheme.iob1, ["I-PER I-PER B-PER O I-LOC", "O I-LOC"],
      ["B-PER I-PER B-PER O B-LOC", "O B-LOC"]
    ),
    (.iob2, ["B-PER I-PER B-PER O B-LOC"], ["B-PER I-PER B-PER O B-LOC"]),
    (.iob2, ["O O"], ["O O"]),
    (
      .bioes, ["B-PER E-PER S-PER O S-LOC", "B-a I-a I-a E-a"],
      ["B-PER I-PER B-PER O B-LOC", "B-a I-a I-a I-a"]
    ),
    (.bilou, ["B-PER L-PER U-PER O U-LOC"], ["B-PER I-PER B-PER O B-LOC"]),
    (.iob2, ["B I I O B"], ["B I I O B"]),
  ])
  func `a scheme is recognised by its tags and written as IOB2`(
    scheme: TagScheme, tags: [String], expected: [String]
  ) throws {
    let found = try written(tags)
    #expect(found.scheme == scheme && found.tags == expected && found.note == nil)
    #expect(try written(tags, scheme: scheme).tags == expected)
  }

  @Test func `what a scheme does not have in a place is read as seqeval reads it, and counted`()
    throws
  {
    let mixed = try written(["O I-PER I-PER", "B-LOC O I-LOC", "B-PER I-LOC"])
    #expect(mixed.scheme == .iob2)
    #expect(mixed.tags == ["O B-PER I-PER", "B-LOC O B-LOC", "B-PER B-LOC"])
    #expect(
      mixed.note
        == "f:2: 'I-PER' is the first of 3 tags that IOB2 does not have in this place; entities are "
        + "read as seqeval does: a tag that follows nothing of its type begins one")
    let open = try written(["B-PER O S-PER", "E-LOC"])
    #expect(open.scheme == .bioes && open.tags == ["B-PER O B-PER", "B-LOC"])
    #expect(open.note?.hasPrefix("f:1: 'B-PER' is the first of 2 tags that BIOES") == true)
    // BMES is BIOES with another letter.
    let middle = try written(["B-PER M-PER E-PER", "S-LOC O"])
    #expect(middle.scheme == .bioes && middle.tags == ["B-PER I-PER I-PER", "B-LOC O"])
    #expect(middle.note == nil)
    #expect(try written(["B-PER M-PER E-PER"], scheme: .bioes).tags == ["B-PER I-PER I-PER"])
    // Named, IOB2 has no entity that begins inside.
    let named = try written(["I-PER O"], scheme: .iob2)
    #expect(named.tags == ["B-PER O"])
    #expect(named.note?.hasPrefix("f:1: 'I-PER' is a tag that IOB2 does not have") == true)
  }

  @Test func `numbers are tags where labels name them`() throws {
    let labels = ["O", "B-x", "I-x"]
    let found = try written(["0 1 2", "1 1"], labels: labels)
    #expect(found.tags == ["O B-x I-x", "B-x B-x"])
    #expect(
      refusal(["0 1"])
        == "f:1: the tag '0' of word 1 is a number; name the tags in the order of their numbers with "
        + "--labels")
    #expect(
      refusal(["0 1", "2 3"], labels: labels)
        == "f:5: the tag '3' of word 2 is the number of none of the 3 labels; name them all with "
        + "--labels")
    #expect(
      refusal(["0 O"], labels: labels)
        == "f:1: the tag '0' of word 1 is a number among names; write all tags as names")
    #expect(
      refusal(["1"], labels: ["O", "NOUN", "B-x"])
        == "labels: 'NOUN' is no tag of an entity; write O, or B- or I- and the type")
  }

  @Test func `a word with the number -100 is left out, and entities go on over it`() throws {
    let labels = ["O", "B-x", "I-x"]
    let found = try written(["0 1 -100 2", "-100 -100"], labels: labels)
    #expect(found.scheme == .iob2)
    #expect(found.tags == ["O B-x -100 I-x", "-100 -100"])
    #expect(
      found.note
        == "f: 3 words have the tag -100: they are left out of training and of every score")
    // In another scheme than the one that is written, too.
    let ends = try written(["1 -100 2 0", "3"], labels: ["O", "B-x", "E-x", "S-x"])
    #expect(ends.scheme == .bioes && ends.tags == ["B-x -100 I-x O", "B-x"])
    // Among names too.
    let named = try written(["O B-x -100 I-x", "-100 O"])
    #expect(named.scheme == .iob2 && named.tags == ["O B-x -100 I-x", "-100 O"])
    #expect(try written(["NN -100"]).tags == ["NN -100"])
    #expect(refusal(["O -101"]).contains("is a number among names"))
    #expect(refusal(["0 -101"], labels: labels).contains("'-101' of word 2 is the number of none"))
  }

  @Test(arguments: ["NN", "b-PER", "B_PER", "B-", "O-PER", "-", "PER-B"])
  func `what is no tag of an entity is refused with its word and line`(tag: String) {
    #expect(
      refusal(["O O", "O \(tag) B-x"])
        == "f:5: the tag '\(tag)' of word 2 is no tag of an entity; write O, or B, I, E or S with a "
        + "hyphen and the type, as B-person")
  }

  @Test func `tags of which none marks an entity are classes of words, and stay as they are`()
    throws
  {
    for sentences in [
      ["DT NN", "VBD O"], ["O PER B_LOC"], ["b-PER O", "S V E B I"], ["M O"], ["M L", "S"],
    ] {
      let found = try written(sentences)
      #expect(found.scheme == nil && found.tags == sentences && found.note == nil)
    }
    let numbers = try written(["0 2 -100"], labels: ["NOUN", "O", "VERB"])
    #expect(numbers.scheme == nil && numbers.tags == ["NOUN VERB -100"])
    #expect(refusal(["NN 3"]).contains("'3' of word 2 is a number among names"))
    #expect(refusal(["NN O"], scheme: .iob2).contains("'NN' of word 1 is no tag of an entity"))
    #expect(refusal(["NN O"], labels: ["O", "B-x"]).contains("'NN' of word 1 is no tag of an"))
  }

  @Test func `tags of two schemes, or of another than the named one, are refused`() {
    #expect(
      refusal(["S-a", "B-a L-a"])
        == "f: its tags mix the letters of BIOES (E, S, M) and of BILOU (L, U); write them in one scheme"
    )
    #expect(
      refusal(["O S-a"], scheme: .iob2)
        == "f:2: the tag 'S-a' of word 2 is none of IOB2, which has O and the letters BI; correct it, "
        + "or leave --tag-scheme out")
    #expect(refusal(["U-a"], scheme: .bioes).contains("is none of BIOES"))
  }
}
