/// What columns of rows, and keys of JSON lines, are usually called; all in small letters.
package enum UsualColumns {
  /// Two texts that go together, the most certain first.
  package static let pairs = [
    ("sentence1", "sentence2"), ("question1", "question2"), ("premise", "hypothesis"),
    ("text1", "text2"), ("text_a", "text_b"), ("question", "sentence"), ("query", "passage"),
    ("query", "document"),
  ]
  /// A text alone, the most certain first.
  package static let texts = ["sentence", "text"]
  /// The first texts of pairs: beside a text alone they leave open what is meant.
  package static var firstOfPairs: [String] { pairs.map(\.0) }
  /// Lists of words.
  package static let words = ["tokens", "words"]
  /// Lists of a tag for each word.
  package static let tags = ["ner_tags", "tags", "labels"]
}
