import Testing

@testable import Text

@Suite struct CountedTextTests {
  @Test func `stretches are those that counting scalar by scalar finds`() {
    let text = String(repeating: "aé\u{1F600}e\u{301}\r\n한", count: 40)
    let counted = CountedText(text)
    let scalars = Array(text.unicodeScalars)
    #expect(counted.count == scalars.count)
    for start in stride(from: 0, through: scalars.count, by: 7) {
      for length in [0, 1, 5, 64, 65] where start + length <= scalars.count {
        #expect(
          counted[start..<start + length].unicodeScalars.elementsEqual(
            scalars[start..<start + length]))
      }
    }
    #expect(CountedText("").count == 0 && CountedText("")[0..<0] == "")
  }

  @Test func `the nearest occurrence counts, of two as near the first`() {
    let text = CountedText("é ab é ab")
    #expect(text.occurrence(of: "ab", next: 0) == 2)
    #expect(text.occurrence(of: "ab", next: 9) == 7)
    #expect(text.occurrence(of: "é", next: 3) == 5)
    #expect(CountedText("x a x").occurrence(of: "x", next: 2) == 0)
    #expect(text.occurrence(of: "e\u{301}", next: 0) == nil)
    #expect(text.occurrence(of: "a longer text than the other", next: 0) == nil)
  }

  @Test func `texts are told apart by their bytes`() {
    #expect(ExactText("é") != ExactText("e\u{301}"))
    #expect(Set([ExactText("é"), ExactText("e\u{301}"), ExactText("é")]).count == 2)
  }
}
