import Files
import TestSupport
import Testing

@testable import Text

@Suite struct TextWindowTests {
  private let tokenizer: Tokenizer

  init() throws {
    tokenizer = try Tokenizer(folder: Fixtures.path("text/tokenizer"))
  }

  @Test func `windows of a traced text are those of Hugging Face, and say where they begin`() throws
  {
    var compared = 0
    for line in try fixtureLines("windows.jsonl") {
      let row = try #require(line.array)
      guard let pair = row[1].string, !pair.isEmpty else { continue }
      let (length, overlap) = (try #require(row[2].integer), try #require(row[3].integer))
      guard overlap >= 0, length - 3 > overlap,
        let expected = tokenizer.windows(
          row[0].string ?? "", pair, maxLength: length, overlap: overlap)
      else { continue }
      let traced = tokenizer.trace(pair)
      let windows = tokenizer.windows(
        row[0].string ?? "", of: traced, maxLength: length, overlap: overlap)
      try #require(windows.count == expected.count)
      for (window, whole) in zip(windows, expected) {
        #expect(window.encoding.ids == whole.ids)
        #expect(window.encoding.secondSegmentStart == whole.secondSegmentStart)
        #expect(window.encoding.truncatedCount == 0 && window.encoding.sources.isEmpty)
        let count = whole.ids.count - whole.secondSegmentStart - 1
        let places = traced.places[window.firstToken..<window.firstToken + count]
        #expect(places.elementsEqual(whole.sources.dropLast().suffix(count).map(\.range)))
      }
      compared += 1
    }
    #expect(compared > 10)
  }

  @Test func `a question that leaves no room loses its end, and says so`() {
    let traced = tokenizer.trace(String(repeating: "the world ", count: 20))
    let question = String(repeating: "hello ", count: 30)
    let tokens = tokenizer.tokenize(question).count
    for (length, overlap) in [(20, 5), (24, 20), (40, 8), (12, 0), (10, 6)] {
      let windows = tokenizer.windows(question, of: traced, maxLength: length, overlap: overlap)
      let (first, kept) = (windows[0].encoding, windows[0].encoding.secondSegmentStart - 2)
      #expect(kept == (length - 3 - overlap) / 2)
      #expect(windows.allSatisfy { $0.encoding.truncatedCount == tokens - kept })
      #expect(windows.allSatisfy { $0.encoding.ids.count <= length } && first.ids.count == length)
      // All of the text is seen.
      let last = windows[windows.count - 1]
      #expect(
        last.firstToken + last.encoding.ids.count - last.encoding.secondSegmentStart - 1
          == traced.places.count)
    }
    let whole = tokenizer.windows("hello", of: traced, maxLength: 100, overlap: 5)
    #expect(whole.count == 1 && whole[0].encoding.truncatedCount == 0)
  }
}
