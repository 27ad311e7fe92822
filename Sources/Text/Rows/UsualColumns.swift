/// What columns of rows, and keys of JSON lines, are usually called; all in small letters.
package enum UsualColumns {
  /// Two texts that go together, the most certain first.
  package static let pairs = [
    ("sentence1", "sentence2"), ("question1", "question2"), ("premise", "hypothesis"),
    ("text1", "text2"), ("text_a", "text_b"), ("text", "text_pair"), ("question", "sentence"),
    ("query", "passage"), ("query", "document"),
  ]
  /// A text alone.
  package static let texts = ["sentence", "text"]
  /// Texts of pairs that leave open what is meant, beside a text alone, where the other one of theirs is
  /// missing: what may as well be something else is not among them.
  static let halves = [
    "sentence1", "sentence2", "question1", "question2", "premise", "hypothesis", "text1", "text2",
    "text_a", "text_b", "text_pair", "question", "query",
  ]
  /// All of them.
  package static var all: Set<String> { Set(texts + pairs.flatMap { [$0.0, $0.1] }) }
  /// Lists of words.
  package static let words = ["tokens", "words"]
  /// Lists of a tag for each word.
  package static let tags = ["ner_tags", "tags", "labels"]
}
