import Files
import Foundation
import TestSupport
import Testing
import Text
import Training
import Transformer

@testable import Tasks

@Suite struct QuestionAnsweringTaskTests {
  private let task = QuestionAnsweringTask()
  private let tokenizer: Tokenizer

  init() throws {
    tokenizer = try Tokenizer(folder: Fixtures.path("text/tokenizer"))
  }

  private struct Window: Decodable {
    let ids: [Int32]
    let span: [Int32]
    let offsets: [[Int]?]
  }

  /// Texts of many scripts with an answer cut out of them anywhere, within words too.
  private func rows(_ numbers: inout ArbitraryNumbers, count: Int) -> [LabelledRow] {
    let pieces = [
      "hello", "the", "world", "unaffable", "한국어", "Ünïcödé", "e\u{301}", "\u{1F600}", "日本", ",",
      "\u{AD}", "  ", "\n", "don't", "½", "the-end",
    ]
    return (0..<count).map { row in
      let text = (0..<(1 + numbers.below(60))).map { _ in pieces[numbers.below(pieces.count)] }
        .joined(separator: [" ", "", " "][numbers.below(3)])
      let scalars = Array(text.unicodeScalars)
      var answer = RowAnswer.spans([])
      if row % 7 != 0, !scalars.isEmpty {
        let start = numbers.below(scalars.count)
        let end = start + 1 + numbers.below(min(12, scalars.count - start))
        answer = .spans([
          TextSpan(String(String.UnicodeScalarView(scalars[start..<end])), at: start)
        ])
      }
      return LabelledRow(
        text: ["hello the world ?", "the", "unaffable hello world , the end ?"][row % 3],
        pair: text,
        answer: answer, line: row + 1)
    }
  }

  private func json(_ row: LabelledRow) throws -> String {
    var answers: [JSONValue] = []
    if case .spans(let spans) = row.answer {
      answers = spans.map {
        .object(
          JSONObject([
            ("text", .string($0.text)), ("answer_start", .integer($0.range.lowerBound)),
          ]))
      }
    }
    let object = JSONObject([
      ("question", .string(row.text)), ("context", .string(row.pair ?? "")),
      ("answers", .array(answers)),
    ])
    return String(decoding: try JSONValue.object(object).encoded(), as: UTF8.self) + "\n"
  }

  @Test(.enabled(if: PythonOracle.isAvailable), arguments: [(24, 8), (40, 0), (384, 128)])
  func `windows, their answers and where their tokens stand are those of run_qa`(
    length: Int, overlap: Int
  ) throws {
    var numbers = ArbitraryNumbers(9)
    let rows = rows(&numbers, count: 120).filter {
      !tokenizer.trace($0.pair ?? "").places.isEmpty
    }
    let targets = try task.targets(
      of: rows, labels: ["start", "end"], path: "rows", allowsMissing: false)
    try withTemporaryFolder { folder in
      let file = folder + "/rows.jsonl"
      try Data(try rows.map(json).joined().utf8).write(to: URL(fileURLWithPath: file))
      let expected = try PythonOracle.run(
        "squad.py",
        ["windows", Fixtures.path("text/tokenizer"), file, "\(length)", "\(overlap)"]
      ).split(separator: "\n").map {
        try JSONDecoder().decode([Window]?.self, from: Data($0.utf8))
      }
      try #require(expected.count == rows.count)
      var sheet = AnswerSheet()
      var all: [Example] = []
      var owners: [Int32] = []
      var found = 0
      for (index, row) in rows.enumerated() {
        let theirs = try #require(expected[index])
        let examples = task.examples(
          of: row, target: targets[index], tokenizer: tokenizer,
          lengths: SequenceLengths(longest: length, overlap: overlap))
        try #require(examples.count == theirs.count)
        for (own, other) in zip(examples, theirs) {
          #expect(own.encoding.ids == other.ids)
          // Pieces of one letter have one place, in which run_qa ends before it begins.
          let (first, last) = (other.span.min() ?? 0, other.span.max() ?? 0)
          #expect(own.target == .span(first: first, last: last), "\(row)")
          if first > 0 { found += 1 }
          all.append(
            Example(
              sequence: TokenSequence(ids: own.encoding.ids, types: own.encoding.types),
              target: own.target))
          owners.append(Int32(index))
        }
        sheet.append(row, examples, in: tokenizer.trace(row.pair ?? ""))
      }
      #expect(found > 50)
      let examples = InMemoryExamples(all, rows: owners)
      for (number, window) in expected.flatMap({ $0 ?? [] }).enumerated() {
        for (token, place) in window.offsets.enumerated() {
          let own = sheet.characters(of: token, in: number, of: examples)
          #expect(own.map { [$0.lowerBound, $0.upperBound] } == place)
        }
      }
    }
  }

  @Test func `an answer anywhere in a long text is found again at its characters`() throws {
    var numbers = ArbitraryNumbers(5)
    let pieces = [
      "hello", "the", "world", "unaffable", "Ünïcödé", "e\u{301}te", "\u{1F600}", "日本", ",",
    ]
    var words: [(text: String, start: Int)] = []
    var count = 0
    while count < 67_000 {
      let word = pieces[numbers.below(pieces.count)]
      words.append((word, count))
      count += word.unicodeScalars.count + 1
    }
    let text = words.map(\.text).joined(separator: " ")
    let trace = tokenizer.trace(text)
    var sheet = AnswerSheet()
    var all: [Example] = []
    var owners: [Int32] = []
    var gold: [Range<Int>] = []
    for row in 0..<30 {
      // The first and the last word, and others.
      let first = row == 0 ? 0 : row == 1 ? words.count - 1 : numbers.below(words.count)
      let last = min(first + numbers.below(4), words.count - 1)
      let range =
        words[first].start..<words[last].start + words[last].text.unicodeScalars.count
      let answer = TextSpan(
        words[first...last].map(\.text).joined(separator: " "), at: range.lowerBound)
      #expect(answer.range == range)
      let asked = LabelledRow(
        text: "hello the world ?", pair: text, answer: .spans([answer]), line: row + 1)
      let target = try task.targets(of: [asked], labels: [], path: "q", allowsMissing: false)[0]
      let lengths = SequenceLengths(longest: 384, overlap: 128)
      let examples = task.examples(
        of: asked, target: target, in: trace, tokenizer: tokenizer, lengths: lengths)
      if row == 0 {
        let apart = task.examples(
          of: asked, target: target, tokenizer: tokenizer, lengths: lengths)
        #expect(examples.map(\.encoding) == apart.map(\.encoding))
        #expect(examples.map(\.target) == apart.map(\.target))
      }
      sheet.append(asked, examples, in: trace)
      all += examples.map {
        Example(
          sequence: TokenSequence(ids: $0.encoding.ids, types: $0.encoding.types),
          target: $0.target)
      }
      owners += examples.map { _ in Int32(row) }
      gold.append(range)
    }
    #expect(sheet.contexts.count == 1 && all.count > 1_000)
    let examples = InMemoryExamples(all, rows: owners)
    var found: Set<Int> = []
    for number in 0..<examples.count {
      guard case .span(let first, let last) = examples.targets[number], last > 0 else { continue }
      let row = examples.row(of: number)
      let begin = sheet.characters(of: Int(first), in: number, of: examples)
      let end = sheet.characters(of: Int(last), in: number, of: examples)
      #expect(begin?.lowerBound == gold[row].lowerBound && end?.upperBound == gold[row].upperBound)
      found.insert(row)
    }
    #expect(found.count == 30)
  }

  @Test func `the tokens of a text that is asked about again are not made again`() throws {
    var contexts = LastContext()
    for text in ["", "", "hello the world", "hello the world", "the", "hello the world"] {
      #expect(contexts.trace(of: text, tokenizer).places == tokenizer.trace(text).places)
    }
    // Spellings that Swift calls equal have other places.
    #expect(
      contexts.trace(of: "\u{e9}", tokenizer).places
        != contexts.trace(of: "e\u{301}x", tokenizer).places)
    let (whole, parts) = ("the \u{e9} end", "the e\u{301} end")
    #expect(whole == parts)
    #expect(contexts.trace(of: whole, tokenizer).places == tokenizer.trace(whole).places)
    #expect(contexts.trace(of: parts, tokenizer).places == tokenizer.trace(parts).places)
  }

  @Test func `rows are cut into windows that say where the answer is, or that they have none`()
    throws
  {
    let text = "the a hello world the a"
    let row = { (answer: RowAnswer) in
      LabelledRow(text: "the a", pair: text, answer: answer, line: 1)
    }
    func targets(_ answer: RowAnswer) throws -> [Target] {
      let target = try task.targets(
        of: [row(answer)], labels: [], path: "q", allowsMissing: false)[0]
      return task.examples(
        of: row(answer), target: target, tokenizer: tokenizer,
        lengths: SequenceLengths(longest: 9, overlap: 2)
      ).map(\.target)
    }
    // [CLS] the a [SEP] and 4 tokens of the text.
    let none = Target.span(first: 0, last: 0)
    #expect(
      try targets(.spans([TextSpan("hello world", at: 6)]))
        == [.span(first: 6, last: 7), .span(first: 4, last: 5)])
    #expect(try targets(.spans([TextSpan("the a", at: 18)])) == [none, .span(first: 6, last: 7)])
    #expect(try targets(.spans([TextSpan("a hello world the", at: 4)])) == [none, none])
    #expect(try targets(.spans([])) == [none, none])
    #expect(try targets(.none) == [.none, .none])
  }

  @Test func `rows of which some have answers and some none are refused unless that is allowed`()
    throws
  {
    let rows = [
      LabelledRow(text: "q", pair: "c", answer: .spans([]), line: 1),
      LabelledRow(text: "q", pair: "c", answer: .none, line: 2),
    ]
    let error = #expect(throws: TextError.self) {
      try task.targets(of: rows, labels: [], path: "q.json", allowsMissing: false)
    }
    #expect(
      error?.description
        == "q.json:2: 1 of 2 questions have no 'answers'; give them, or take the file "
        + "with --allow-missing-labels")
    #expect(
      try task.targets(of: rows, labels: [], path: "q", allowsMissing: true)
        == [.span(first: -1, last: -1), .none])
    #expect(throws: TextError.self) { try task.labels(named: ["a", "b"], of: rows, path: "q") }
    #expect(try task.labels(named: [], of: rows, path: "q") == ["start", "end"])
    #expect(task.takes(.spans([0, 0])) && task.takes(.none) && !task.takes(.labels([0])))
  }

  @Test func `scores, details, agreement and answers go by the text as it was read`() throws {
    var sheet = AnswerSheet()
    let rows = [
      LabelledRow(
        text: "q", pair: "Hello, WORLD \u{1F600}!", answer: .spans([TextSpan("WORLD", at: 7)]),
        line: 1),
      LabelledRow(text: "q", pair: "the end", answer: .spans([]), line: 2),
    ]
    var examples: [Example] = []
    var owners: [Int32] = []
    for (number, row) in rows.enumerated() {
      let made = task.examples(
        of: row, target: .none, tokenizer: tokenizer, lengths: SequenceLengths(longest: 20))
      sheet.append(row, made, in: tokenizer.trace(row.pair ?? ""))
      examples += made.map {
        Example(sequence: TokenSequence(ids: $0.encoding.ids, types: $0.encoding.types))
      }
      owners += made.map { _ in Int32(number) }
    }
    sheet.search.nullScoreDifference = 0
    sheet.search.shownCandidates = 2
    let taskRows = TaskRows(InMemoryExamples(examples, rows: owners), sheet: sheet)
    func outputs(_ chosen: [Int]) -> Outputs {
      var rows = Ragged<Float>()
      for (example, token) in zip(examples, chosen) {
        rows.append(
          example.sequence.ids.indices.flatMap { $0 == token ? [Float(6), 6] : [Float(0), 0] })
      }
      return Outputs(columns: 2, rows: rows)
    }
    let context = examples[0].sequence.types.firstIndex(of: 1) ?? 0
    // "hello", a comma, "world".
    let right = outputs([context + 2, 0])
    let wrong = outputs([0, context + 1])
    #expect(task.scores(of: right, on: taskRows) == [1, 1])
    #expect(task.scores(of: wrong, on: taskRows) == [0, 0])
    #expect(task.chiefScore(of: right, on: taskRows) == nil)
    #expect(
      task.details(of: outputs([0, 0]), on: taskRows).map(\.0) == [
        "HasAns_exact", "HasAns_f1", "NoAns_exact", "NoAns_f1",
      ])
    #expect(task.details(of: outputs([0, 0]), on: taskRows).map(\.1) == [0, 0, 1, 1])
    #expect(task.agreement(of: right, with: outputs([0, 0]), on: taskRows) == 0.5)
    #expect(task.baseline(on: taskRows, labels: []).score == 0.5)
    let answer = task.answers(right, to: taskRows, labels: [])[0]
    #expect(answer.text == "WORLD")
    #expect(answer.object["answer"] == .string("WORLD"))
    #expect(answer.object["start"] == .integer(7) && answer.object["end"] == .integer(12))
    #expect((answer.object["score"]?.real ?? 0) > 0.9)
    #expect(answer.object["nbest"]?.array?.count == 2)
    #expect(answer.object["null_score_diff"] == .real(-12))
    #expect(task.answers(right, to: taskRows, labels: [])[1].text == "")
  }
}
