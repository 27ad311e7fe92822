import TestSupport
import Testing
import Text

/// Under which key or in which column several labels stand, and whose they are.
struct LabelKeysTests {
  private func labels(_ text: String, _ name: String, _ layout: RowLayout? = nil) throws
    -> [RowAnswer]
  {
    var several = RowLayout()
    several.severalLabels = .separated(by: ",")
    several.answers = [.logits, .probabilities]
    return try withTemporaryFolder { folder in
      try RowReader.rows(of: try write(text, folder, name), layout: layout ?? several)
        .map(\.answer)
    }
  }

  @Test func `several labels stand under label or labels, in any row under either`() throws {
    let rows =
      #"{"sentence": "x", "labels": ["a", "b"]}"# + "\n" + #"{"sentence": "y", "label": ["a"]}"#
      + "\n" + #"{"sentence": "z"}"# + "\n"
    #expect(try labels(rows, "x.jsonl") == [.labels(["a", "b"]), .labels(["a"]), .none])
    #expect(
      try labels("sentence\tLabels\nx\ta,b\ny\t\n", "x.tsv") == [.labels(["a", "b"]), .labels([])])
  }

  @Test func `labels under both names are refused, and the cure works`() throws {
    let both = #"{"sentence": "x", "label": "a", "labels": ["a", "b"]}"# + "\n"
    let refusal = #expect(throws: TextError.self) { try labels(both, "x.jsonl") }
    #expect(
      refusal?.detail.contains("has 'label' and 'labels'; name the one that is right") == true)
    for (name, expected) in [("label", ["a"]), ("labels", ["a", "b"])] {
      var layout = RowLayout(text: nil, label: name)
      layout.severalLabels = .separated(by: ",")
      #expect(try labels(both, "x.jsonl", layout) == [.labels(expected)])
    }
    #expect(throws: TextError.self) { try labels("sentence\tlabel\tlabels\nx\ta\ta,b\n", "x.tsv") }
  }

  @Test func `a model's own labels and tags are not read as gold`() throws {
    let own =
      #"{"sentence": "x", "labels": ["a"], "probabilities": [0.9, 0.1], "logits": [2.2, -2.2]}"#
    let refusal = #expect(throws: TextError.self) { try labels(own + "\n", "x.jsonl") }
    #expect(refusal?.detail.contains("'labels' stands beside 'logits' and 'probabilities'") == true)
    var named = RowLayout(text: nil, label: "labels")
    named.severalLabels = .separated(by: ",")
    #expect(try labels(own + "\n", "x.jsonl", named) == [.labels(["a"])])
    // Whatever kinds of answers are asked for.
    var plain = RowLayout()
    plain.answers = []
    let single =
      #"{"sentence": "x", "label": "a", "probabilities": [0.9, 0.1], "logits": [2.2, -2.2]}"#
    #expect(throws: TextError.self) { try labels(single + "\n", "x.jsonl", plain) }
    plain.readsAnswers = false
    #expect(try labels(single + "\n", "x.jsonl", plain) == [.none])

    var words = RowLayout()
    words.holdsWords = true
    let tagged =
      #"{"words": ["x", "y"], "tags": ["O", "B-a"], "entities": "#
      + #"[{"type": "a", "text": "y", "start": 1, "end": 2}]}"# + "\n"
    let tags = #expect(throws: TextError.self) { try labels(tagged, "x.jsonl", words) }
    #expect(tags?.detail.contains("give --label-column tags if it is the right one") == true)
    words.label = .named("tags")
    #expect(try labels(tagged, "x.jsonl", words) == [.tags(["O", "B-a"])])
  }
}
