import Testing

@testable import Augmentation

@Suite struct WordListTests {
  @Test func `stop words are lower-case letters, and hold the words that turn a sentence around`() {
    #expect(StopWords.english.allSatisfy { $0.isLettersOnly && $0 == $0.lowercased() })
    for word in ["not", "no", "never", "without", "but", "the", "t", "don"] {
      #expect(StopWords.english.contains(word))
    }
    for word in ["good", "bad", "film", "playing", "slowly"] {
      #expect(!StopWords.english.contains(word))
    }
  }

  @Test func `letters are ASCII letters`() {
    for word in ["a", "Zz"] { #expect(word.isLettersOnly) }
    for word in ["", "a1", "caf\u{E9}", "e\u{301}", "a'b", "[", "{"] {
      #expect(!word.isLettersOnly)
    }
  }

  @Test func `a capital is carried over`() {
    #expect("movie".capitalized(like: "Film") == "Movie")
    #expect("movie".capitalized(like: "film") == "movie")
    #expect("iPod".capitalized(like: "film") == "iPod")
    #expect("".capitalized(like: "Film") == "")
  }
}
