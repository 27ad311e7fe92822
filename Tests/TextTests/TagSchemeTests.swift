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
  ) throws -> (scheme: TagScheme, tags: [String], note: String?) {
    let rows = rows(sentences)
    let tagged = try TaggedRows([("f", rows)], scheme: scheme, labels: labels)
    let (written, note) = tagged.written(rows, path: "f")
    return (tagged.scheme, written.map { $0.tags.joined(separator: " ") }, note)
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
      refusal(["1"], labels: ["O", "NOUN"])
        == "labels: 'NOUN' is no tag of an entity; write O, or B- or I- and the type")
  }

  @Test(arguments: ["NN", "b-PER", "B_PER", "B-", "O-PER", "-", "PER-B"])
  func `what is no tag of an entity is refused with its word and line`(tag: String) {
    #expect(
      refusal(["O O", "O \(tag)"])
        == "f:5: the tag '\(tag)' of word 2 is no tag of an entity; write O, or B, I, E or S with a "
        + "hyphen and the type, as B-person")
  }

  @Test func `tags of two schemes, or of another than the named one, are refused`() {
    #expect(
      refusal(["S-a", "B-a L-a"])
        == "f: its tags mix the letters of BIOES (E, S) and of BILOU (L, U); write them in one scheme"
    )
    #expect(
      refusal(["O S-a"], scheme: .iob2)
        == "f:2: the tag 'S-a' of word 2 is none of IOB2, which has O and the letters BI; correct it, "
        + "or leave --tag-scheme out")
    #expect(refusal(["U-a"], scheme: .bioes).contains("is none of BIOES"))
  }
}
