import Tasks
import TestSupport
import Testing

@testable import Stages

/// What is made of files at first sight.
@Suite struct RowsGuessTests {
  private func guess(
    _ text: String, _ name: String = "rows.tsv", _ hints: RowsHints = RowsHints()
  ) throws -> RowsGuess {
    try withTemporaryFolder { folder in
      try Disk.write(text, to: "\(folder)/\(name)")
      return try RowsGuess("\(folder)/\(name)", hints)
    }
  }

  private func lines(_ options: [DraftOption]?) -> [String] { options?.map(\.line) ?? [] }

  /// Rows with these two columns.
  private func rows(_ first: String, _ second: String, labels: [String]) -> String {
    "\(first)\t\(second)\n"
      + labels.enumerated().map { "the film number \($0) is long\t\($1)\n" }.joined()
  }

  @Test func `the usual columns need no option, others are named`() throws {
    let usual = try guess(rows("Sentence", "Label", labels: ["b", "a", "b"]))
    #expect(usual.task?.name == "classification" && lines(usual.options).isEmpty)
    #expect(usual.labels == ["a", "b"] && usual.isLabelled && !usual.hasPairs)
    #expect(lines(usual.textOptions) == ["text_column: Sentence"])
    let other = try guess(rows("review", "sentiment", labels: ["b", "a", "b"]))
    #expect(lines(other.options) == ["text_column: review", "label_column: sentiment"])
    let strange = try guess(rows("Was geschah", "Urteil", labels: ["b", "a", "b", "a", "a", "b"]))
    #expect(lines(strange.options) == ["text_column: \"Was geschah\"", "label_column: Urteil"])
  }

  @Test func `scores of which no two are alike are the labels of a file without header`() throws {
    let scores = (0..<30).map {
      "a good film was seen,a warm film was seen,\(Double($0) / 7 + 0.01)"
    }
    let few = try guess(scores.joined(separator: "\n") + "\n", "rows.csv")
    #expect(few.task?.name == "regression" && few.hasPairs)
    let open = #expect(throws: (any Error).self) {
      try guess("a b,c d,1.5\ne f,c a,0.5\ng h,c d,2.5\n", "rows.csv")
    }
    #expect(
      open.map { "\($0)".contains("or all columns with --columns where there is no header") }
        == true)
  }

  @Test func `labels say whether they are classes, numbers or several`() throws {
    let few = (0..<30).map { "\($0 % 5)" }
    #expect(try guess(rows("sentence", "label", labels: few)).task?.name == "classification")
    let many = (0..<30).map { "\(Double($0) / 7)" }
    #expect(try guess(rows("sentence", "label", labels: many)).task?.name == "regression")
    let lists = try guess(
      #"{"sentence": "a", "labels": ["x", "y"]}"# + "\n" + #"{"sentence": "b", "labels": []}"#
        + "\n", "rows.jsonl")
    #expect(lists.task?.name == "multi-label" && lines(lists.options) == ["label_column: labels"])
    let marks = try guess("text\ttoxic\trude\na\t0\t1\nb\t1\t0\n")
    #expect(marks.task?.name == "multi-label")
    #expect(lines(marks.options) == ["text_column: text", "label_columns: [toxic, rude]"])
  }

  @Test func `lists written in cells are several labels`() throws {
    for cells in [
      [#""[""a"", ""b""]""#, "[]", #""['c']""#], [#""[1, 0]""#, #""[0, 0]""#, ""],
      ["[]", "[]", "[1]"],
    ] {
      let text = "sentence,labels\n" + cells.map { "some words,\($0)\n" }.joined()
      let found = try guess(text, "rows.csv")
      #expect(found.task?.name == "multi-label" && found.labels == nil, "\(found.remarks)")
      #expect(lines(found.options) == ["label_column: labels"])
      #expect(!found.remarks.contains { $0.contains("classes") })
    }
    // One that is none makes all of them names.
    let names = try guess("sentence,labels\nx,['a']\ny,b\n", "rows.csv")
    #expect(names.task?.name == "classification")
  }

  @Test func `columns of True and False are marks, as are those of 0 and 1`() throws {
    let body = ["False,False,False", "True,False,True", "False,True,False"].enumerated()
      .map { "a\($0),some words number \($0),\($1)\n" }
    let found = try guess("id,text,neutral,anger,joy\n" + body.joined(), "rows.csv")
    #expect(found.task?.name == "multi-label" && found.isLabelled)
    #expect(lines(found.options) == ["text_column: text", "label_columns: [neutral, anger, joy]"])
    // One alone is a label of two classes.
    let single = try guess("text,angry\na b,True\nc d,False\n", "rows.csv")
    #expect(single.task?.name == "classification" && single.labels == ["False", "True"])
    let objects = try guess(
      #"{"text": "a b", "rude": true, "kind": false}"# + "\n"
        + #"{"text": "c d", "rude": false, "kind": true}"# + "\n", "rows.jsonl")
    #expect(lines(objects.options) == ["text_column: text", "label_columns: [rude, kind]"])
  }

  @Test func `a file without header is known, and its columns get names`() throws {
    let body = (0..<12).map { "\($0)\tthe film is so very long\t\($0 % 2 == 0 ? "good" : "bad")\n" }
    let found = try guess(body.joined())
    #expect(lines(found.options) == ["columns: [_, sentence, label]"])
    #expect(
      found.remarks.contains {
        $0.hasSuffix("its columns are given names: texts in 'sentence', labels in 'label'")
      })
    #expect(found.labels == ["bad", "good"])
    let single = try guess("the only good film is long\tgood\nthe bad film is so long\tbad\n")
    #expect(single.labels == ["bad", "good"])
  }

  @Test func `columns without a name say nothing of a header, and are nobody's text`() throws {
    let bodies = [["ham", "spam"], ["0", "1"]].map { labels in
      (0..<12).map { "\(labels[$0 % 2]),a film number \($0),,\n" }.joined()
    }
    for body in bodies {
      let found = try guess("v1,v2,,\n" + body, "rows.csv")
      #expect(lines(found.options) == ["text_column: v2", "label_column: v1"], "\(found.remarks)")
      #expect(found.labels?.count == 2 && found.columns.isEmpty)
    }
    // The odd note in such a column, longer than any text.
    let body = (0..<120).map {
      "\($0 % 2 == 0 ? "ham" : "spam"),a film number \($0),\($0 == 7 ? "so it goes on and on" : "")\n"
    }
    let noted = try guess("v1,v2,\n" + body.joined(), "rows.csv")
    #expect(lines(noted.options) == ["text_column: v2", "label_column: v1"])
    // Half of the labels are missing, the first one too: no header.
    let rows = (0..<12).map { "film \($0),\($0 % 2 == 0 ? "" : "good")\n" }
    #expect(lines(try guess(rows.joined(), "rows.csv").options) == ["columns: [sentence, label]"])
  }

  @Test func `a column that is named and stands in the first line makes it a header`() throws {
    // The name is a value too.
    let text = "good,b\n" + (0..<12).map { "good,some words \($0)\n" }.joined()
    #expect(lines(try guess(text, "rows.csv").options).first?.hasPrefix("columns:") == true)
    var hints = RowsHints()
    hints.labelColumn = "good"
    let found = try guess(text, "rows.csv", hints)
    #expect(lines(found.options) == ["text_column: b", "label_column: good"])
    #expect(found.labels == ["good"])
  }

  @Test func `pairs are two texts`() throws {
    let pairs = try guess(
      "premise\thypothesis\tlabel\na b c\td e f\tyes\ng h i\tj k l\tno\n")
    #expect(pairs.hasPairs)
    #expect(
      lines(pairs.options) == ["text_column: premise", "pair_column: hypothesis"])
    let usual = try guess("sentence1\tsentence2\tlabel\na b c\td e f\tyes\ng h i\tj k l\tno\n")
    #expect(usual.hasPairs && usual.options.isEmpty)
  }

  @Test func `forms of files say what they are for`() throws {
    #expect(try guess("the O\nfilm B-x\n", "rows.conll").task?.name == "token-classification")
    let words = #"{"tokens": ["a"], "ner_tags": ["O"]}"# + "\n"
    #expect(try guess(words, "rows.jsonl").task?.name == "token-classification")
    let question = #"{"question": "a", "context": "b", "answers": {}}"# + "\n"
    #expect(try guess(question, "rows.jsonl").task?.name == "question-answering")
    #expect(try guess("{}", "rows.json").task?.name == "question-answering")
    let text = try guess("one\ntwo\n", "rows.txt")
    #expect(text.task == nil && !text.isLabelled)
  }

  @Test func `what is not clear is asked for, and the answer helps`() throws {
    let text =
      "when\tcomment\tmood\tplace\n"
      + (0..<12).map { "\($0)\tsome long words here\t\($0 % 2)a\t\($0 % 3)b\n" }.joined()
    let error = #expect(throws: StageError.self) { try guess(text) }
    #expect(error?.description.contains("name it with --label-column") == true)
    var hints = RowsHints()
    hints.labelColumn = "mood"
    let found = try guess(text, "rows.tsv", hints)
    #expect(lines(found.options) == ["text_column: comment", "label_column: mood"])
    hints.labelColumn = "modd"
    let missing = #expect(throws: StageError.self) { try guess(text, "rows.tsv", hints) }
    #expect(missing?.description.contains("has no column 'modd'") == true)
    hints.labelColumn = nil
    hints.task = "masked-language"
    let other = #expect(throws: StageError.self) { try guess("one\n", "rows.txt", hints) }
    #expect(other?.description.contains("pipelines/wikitext.yaml") == true)
  }
}
