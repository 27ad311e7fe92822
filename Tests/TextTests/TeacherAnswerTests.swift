import Files
import TestSupport
import Testing
import Text

struct TeacherAnswerTests {
  private func answers(
    _ text: String, _ name: String = "x.jsonl", label: String? = nil,
    _ kinds: [TeacherAnswer.Kind] = [.logits, .probabilities],
    unread: [TeacherAnswer.Kind] = [], holdsWords: Bool = false
  ) throws -> (answers: [TeacherAnswer?], remarks: [String]) {
    try withTemporaryFolder { folder in
      var layout = RowLayout(text: nil, label: label)
      layout.answers = kinds
      layout.unreadAnswers = unread
      layout.holdsWords = holdsWords
      let reader = try RowReader(try write(text, folder, name), layout: layout)
      var answers: [TeacherAnswer?] = []
      while let row = try reader.next() { answers.append(row.teacher) }
      return (answers, reader.remarks.map { $0.replacing(folder + "/", with: "") })
    }
  }

  @Test func `objects carry a list or an object by label name, or nothing`() throws {
    let text = """
      {"sentence": "a", "logits": [0.5, -1, 3e-1]}
      {"sentence": "b", "logits": {"no": 1, "yes": -2.5}}
      {"sentence": "c", "logits": null}
      {"sentence": "d"}

      """
    let read = try answers(text)
    #expect(
      read.answers == [
        TeacherAnswer(.logits, values: [0.5, -1, 0.3]),
        TeacherAnswer(.logits, names: ["no", "yes"], values: [1, -2.5]), nil, nil,
      ])
    #expect(read.remarks.isEmpty)
  }

  @Test func `nobody looks for answers who was not asked to`() throws {
    let text = "{\"sentence\": \"a\", \"logits\": \"none of yours\", \"score\": 3}\n"
    let read = try answers(text, "x.jsonl", [])
    #expect(read.answers == [nil])
    #expect(read.remarks.isEmpty)
  }

  @Test func `a column of scores is the label of a file that has no other`() throws {
    func labels(_ text: String, _ name: String) throws -> ([RowAnswer], [TeacherAnswer?], [String])
    {
      try withTemporaryFolder { folder in
        var layout = RowLayout()
        (layout.answers, layout.takesScoresAsLabels) = ([.score, .logits], true)
        let reader = try RowReader(try write(text, folder, name), layout: layout)
        var rows: [LabelledRow] = []
        while let row = try reader.next() { rows.append(row) }
        return (
          rows.map(\.answer), rows.map(\.teacher),
          reader.remarks.map { $0.replacing(folder + "/", with: "") }
        )
      }
    }
    let gold = try labels("sentence1,sentence2,Score,logits\na,b,2.5,[2]\nc,d,4,\n", "x.csv")
    #expect(gold.0 == [.label("2.5"), .label("4")])
    #expect(gold.1 == [TeacherAnswer(.logits, values: [2]), nil], "what is left is the teacher's")
    #expect(
      gold.2 == [
        "x.csv:1: 'score' is the label, for there is no 'label'; if it is a "
          + "teacher's answer, give --teacher-answers score"
      ])
    let both = try labels("sentence\tlabel\tscore\na\t1\t2.5\n", "x.tsv")
    #expect(both.0 == [.label("1")] && both.1 == [TeacherAnswer(.score, values: [2.5])])
    #expect(both.2.isEmpty)
    let objects = try labels("{\"sentence\": \"a\", \"score\": 2.5}\n", "x.jsonl")
    #expect(objects.0 == [.none] && objects.1 == [TeacherAnswer(.score, values: [2.5])])
  }

  @Test func `columns carry lists, objects, or a column a label`() throws {
    let csv =
      "sentence,probabilities\na,\"[0.25, 0.75]\"\nb,\"{\"\"no\"\": 1, \"\"yes\"\": 0}\"\nc,\n"
    #expect(
      try answers(csv, "x.csv").answers == [
        TeacherAnswer(.probabilities, values: [0.25, 0.75]),
        TeacherAnswer(.probabilities, names: ["no", "yes"], values: [1, 0]), nil,
      ])
    let tsv = "logits.yes\tsentence\tlogits.no\n1.5\ta\t-2\n\tb\t\n"
    #expect(
      try answers(tsv, "x.tsv").answers == [
        TeacherAnswer(.logits, names: ["yes", "no"], values: [1.5, -2]), nil,
      ])
    #expect(
      try answers("sentence\tscore\na\t2.5\nb\t\n", "x.tsv", [.score]).answers == [
        TeacherAnswer(.score, values: [2.5]), nil,
      ])
  }

  @Test func `names of columns and keys are known in any case, numbers as tables write them`()
    throws
  {
    #expect(
      try answers("sentence,Logits\na,\"[0.9, -1]\"\n", "x.csv").answers == [
        TeacherAnswer(.logits, values: [0.9, -1])
      ])
    #expect(
      try answers("sentence,LOGITS.a,logits.b\na,.9,-1\nb,1.,+2\n", "x.csv").answers == [
        TeacherAnswer(.logits, names: ["a", "b"], values: [0.9, -1]),
        TeacherAnswer(.logits, names: ["a", "b"], values: [1, 2]),
      ])
    #expect(
      try answers("sentence,Score\na,.5\n", "x.csv", [.score]).answers == [
        TeacherAnswer(.score, values: [0.5])
      ])
    #expect(
      try answers("{\"sentence\":\"a\",\"Probabilities\":[1,0]}\n").answers == [
        TeacherAnswer(.probabilities, values: [1, 0])
      ])
    // A column with another use is no answer.
    #expect(
      try answers("sentence,Score\na,.5\n", "x.csv", label: "Score", [.score]).answers == [nil])
  }

  @Test func `answers of a kind that the task does not take are told`() throws {
    let words = "{\"tokens\":[\"x\"],\"tags\":[\"O\"],\"logits\":[[0.1,0.2]]}\n"
    let told = try answers(
      words, "x.jsonl", [], unread: [.logits, .probabilities], holdsWords: true)
    #expect(
      told.remarks == [
        "x.jsonl:1: 1 row has 'logits' or 'probabilities', which are not read for this task; give "
          + "prediction the teacher itself (--teacher)"
      ])
    for (text, name) in [
      ("sentence,probabilities\na,0.5\nb,\n", "x.csv"),
      ("{\"sentence\":\"a\",\"probabilities\":[0.5]}\n", "x.jsonl"),
    ] {
      let told = try answers(text, name, [.score, .logits], unread: [.probabilities])
      #expect(told.remarks.count == 1)
      #expect(told.remarks.first?.hasSuffix("give a 'score', or 'logits' of one number") == true)
    }
    #expect(try answers(words, "x.jsonl", [], holdsWords: true).remarks.isEmpty)
  }

  @Test func `what counts first is taken where a row has two kinds, and that is told`() throws {
    let text = "{\"sentence\": \"a\", \"probabilities\": [0.5, 0.5], \"logits\": [0, 1]}\n"
    let read = try answers(text)
    #expect(read.answers == [TeacherAnswer(.logits, values: [0, 1])])
    #expect(
      read.remarks == [
        "x.jsonl:1: 1 row has a teacher's answer of two kinds; logits count before probabilities"
      ])
  }

  @Test func `a score that the task does not take is told`() throws {
    let text = "{\"sentence\": \"a\", \"score\": 0.9}\n{\"sentence\": \"b\", \"score\": 0.8}\n"
    let read = try answers(text)
    #expect(read.answers == [nil, nil])
    #expect(read.remarks.first?.hasPrefix("x.jsonl:1: 2 rows have a 'score', which") == true)
    #expect(try answers(text, label: "score").remarks.isEmpty, "the label is no answer")
  }

  @Test(
    arguments: [
      (
        "{\"sentence\": \"a\", \"logits\": 3}",
        "x.jsonl:1: 'logits' is an integer; it must be a list"
      ),
      ("{\"sentence\": \"a\", \"logits\": \"[1, 2]\"}", "x.jsonl:1: 'logits' is a string; it must"),
      ("{\"sentence\": \"a\", \"logits\": []}", "x.jsonl:1: 'logits' is empty; give a number"),
      ("{\"sentence\": \"a\", \"logits\": {}}", "x.jsonl:1: 'logits' is empty; give a number"),
      (
        "{\"sentence\": \"a\", \"logits\": [1, null]}", "'logits' has null in place 2; it must be a"
      ),
      ("{\"sentence\": \"a\", \"logits\": [[1, 2]]}", "'logits' has an array in place 1; it must"),
      (
        "{\"sentence\": \"a\", \"logits\": {\"no\": \"1\"}}",
        "'logits' has a string for 'no'; it must"
      ),
      ("{\"sentence\": \"a\", \"logits\": [1e999]}", "the number is out of range"),
      ("{\"sentence\": \"a\", \"logits\": {\"no\": 1, \"no\": 2}}", "occurs twice in one object"),
      (
        "{\"sentence\": \"a\", \"label\": \"x\", \"probabilities\": [1, 0], \"logits\": [1, 0]}",
        "x.jsonl:1: 'label' stands beside 'logits' and 'probabilities', as predict --json writes it"
      ),
      (
        "{\"sentence\": \"a\", \"logits\": [1]}\n{\"sentence\": \"b\", \"probabilities\": [1]}",
        "x.jsonl:2: has 'probabilities', line 1 has 'logits'; give all rows of a file the same kind"
      ),
    ])
  func `objects whose answer cannot be one are refused`(text: String, message: String) {
    let told = Self.message { _ = try answers(text + "\n") }
    #expect(told.contains(message), "\(told)")
  }

  @Test(
    arguments: [
      (
        "sentence\tlogits\na\t{'no': 1}\n", "x.tsv:2: 'logits' is '{'no': 1}'; it must be a list of"
      ),
      (
        "sentence\tlogits\na\tnan\n",
        "x.tsv:2: 'logits' is 'nan'; it must be a list of numbers, [0.1"
      ),
      (
        "sentence\tlogits.no\tlogits\na\t1\t2\n",
        "x.tsv:1: has the column 'logits' and 'logits.no' too"
      ),
      (
        "sentence\tlogits.a\tlogits.b\nx\t1\t\n",
        "x.tsv:2: 'logits.b' is ''; it must be a number, or all"
      ),
      (
        "sentence\tlogits.a\tlogits.b\nx\t1\t0,5\n",
        "x.tsv:2: 'logits.b' is '0,5'; it must be a number"
      ),
    ])
  func `columns whose answer cannot be one are refused`(text: String, message: String) {
    let told = Self.message { _ = try answers(text, "x.tsv") }
    #expect(told.contains(message), "\(told)")
  }

  /// The refusal's text without the folder.
  private static func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch {
      return "\(error)".replacing(/\/[^ :]*\/x\./, with: "x.")
    }
  }
}
