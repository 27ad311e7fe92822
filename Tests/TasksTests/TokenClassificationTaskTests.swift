import Compute
import Foundation
import TestSupport
import Testing
import Text
import Training
import Transformer

@testable import Tasks

@Suite struct TokenClassificationTaskTests {
  private let task = TokenClassificationTask()

  private struct Draw: Encodable {
    var labels: [String]
    var known: [[Int32]] = []
    var logits: [[[Float]]] = []
  }

  private struct Told: Decodable {
    let scores: [Double]
    let types: [String: [Double]]
  }

  /// Tags that follow no rule, over some of the labels, and numbers among which many are equal.
  private func draw(_ numbers: inout ArbitraryNumbers) -> Draw {
    let pool = [
      "B-a", "I-a", "B-b-c", "I-b-c", "O", "B-d.e", "I-d.e", "B", "I", "E-a", "S-a", "S-b-c",
    ]
    let count = 1 + numbers.below(pool.count)
    let first = numbers.below(pool.count)
    var draw = Draw(labels: (0..<count).map { pool[(first + $0) % pool.count] })
    let isTame = numbers.below(3) == 0
    for _ in 0..<1 + numbers.below(4) {
      let words = 1 + numbers.below(7)
      draw.known.append(
        (0..<words).map { _ in
          isTame ? Int32(draw.labels.firstIndex(of: "O") ?? 0) : Int32(numbers.below(count))
        })
      draw.logits.append(
        (0..<words).map { _ in (0..<count).map { _ in Float(numbers.below(3)) } })
    }
    return draw
  }

  /// A sentence is [CLS], its words, each with a second piece, and [SEP].
  private func examples(_ draw: Draw) -> (outputs: Outputs, rows: TaskRows) {
    var rows = Ragged<Float>()
    let examples = zip(draw.known, draw.logits).map { known, logits in
      rows.append(logits.flatMap { $0 })
      let labels = [ignoredLabel] + known.flatMap { [$0, ignoredLabel] } + [ignoredLabel]
      return Example(
        sequence: TokenSequence(ids: labels.map { _ in 5 }), target: .tokenLabels(labels))
    }
    return (
      Outputs(columns: draw.labels.count, rows: rows),
      TaskRows(InMemoryExamples(examples), labels: draw.labels)
    )
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `precision, recall, F1, accuracy and those of each type are seqeval's, whatever the tags`()
    throws
  {
    var numbers = ArbitraryNumbers(14)
    let draws = (0..<1000).map { _ in draw(&numbers) }
    let told = try withTemporaryFolder { folder in
      let path = folder + "/draws.json"
      try JSONEncoder().encode(draws).write(to: URL(fileURLWithPath: path))
      return try JSONDecoder().decode(
        [Told].self, from: Data(try PythonOracle.run("entities.py", [path]).utf8))
    }
    #expect(told.count == draws.count)
    #expect(told.contains { $0.types.isEmpty } && told.contains { $0.types.count > 2 })
    for (draw, told) in zip(draws, told) {
      let (outputs, rows) = examples(draw)
      #expect(task.scores(of: outputs, on: rows) == told.scores)
      var details: [String: Double] = [:]
      for (type, values) in told.types {
        for (name, value) in zip(["f1", "precision", "recall", "number"], values) {
          details["\(type.replacing(".", with: "_"))_\(name)"] = value
        }
      }
      #expect(Dictionary(uniqueKeysWithValues: task.details(of: outputs, on: rows)) == details)
    }
  }

  @Test func `a type called overall, or two that differ in a dot, hide nothing`() {
    var draw = Draw(labels: ["O", "B-overall", "B-a.b", "B-a_b"])
    draw.known = [[0, 1, 2, 3]]
    draw.logits = [[0, 1, 2, 2].map { tag in (0..<4).map { Float($0 == tag ? 1 : 0) } }]
    let (outputs, rows) = examples(draw)
    let names = task.details(of: outputs, on: rows).map(\.0)
    #expect(Set(names).count == 12 && !names.contains("overall_f1"), "\(names)")
    let details = Dictionary(uniqueKeysWithValues: task.details(of: outputs, on: rows))
    #expect(details["overall__f1"] == 1)
    #expect(details["a_b_recall"] == 1 && details["a_b__recall"] == 0)
  }

  @Test func `models agree on words, and the score of rows drawn is that of their entities`() throws
  {
    var draw = Draw(labels: ["O", "B-a", "I-a"])
    draw.known = [[0, 1, 2], [0, 0], [1]]
    let logits = { (tags: [[Int]]) in
      tags.map { $0.map { tag in (0..<3).map { Float($0 == tag ? 1 : 0) } } }
    }
    draw.logits = logits([[0, 1, 2], [0, 1], [1]])
    let (one, rows) = examples(draw)
    draw.logits = logits([[0, 1, 1], [0, 0], [1]])
    let other = examples(draw).outputs
    #expect(task.agreement(of: one, with: other, on: rows) == 4.0 / 6)
    let whole = task.scores(of: one, on: rows)[0]
    #expect(abs(whole - 0.8) < 1e-12)
    let score = try #require(task.chiefScore(of: one, on: rows))
    #expect(score([0, 1, 2]) == whole && score([0, 0]) == 1 && score([1, 1]) == 0)
    let missed = try #require(task.chiefScore(of: other, on: rows))
    #expect(missed([0]) == 0 && missed([2, 2]) == 1)
  }

  @Test func `a teacher must find more than one tag for every word does`() {
    var draw = Draw(labels: ["B-a", "I-a", "O"])
    draw.known = [[2, 0, 2, 2], [0, 2]]
    let constant = { (tag: Int) in
      draw.known.map { $0.map { _ in (0..<3).map { Float($0 == tag ? 1 : 0) } } }
    }
    draw.logits = constant(0)
    var (outputs, rows) = examples(draw)
    let beginner = GuessCheck(task, outputs, on: rows, labels: draw.labels)
    // Of six entities found two are there.
    #expect(!beginner.isPassed && beginner.score == 0.5 && beginner.metric.name == "overall_f1")
    #expect(
      beginner.figures
        == "teacher overall_f1 50.0 % on the development split, the tag 'B-a' for every word 50.0 %"
    )
    draw.logits = constant(2)
    outputs = examples(draw).outputs
    #expect(!GuessCheck(task, outputs, on: rows, labels: draw.labels).isPassed)
    draw.logits = draw.known.map { $0.map { tag in (0..<3).map { Float($0 == Int(tag) ? 1 : 0) } } }
    outputs = examples(draw).outputs
    #expect(GuessCheck(task, outputs, on: rows, labels: draw.labels).isPassed)
  }

  @Test func `tags that mark no entities are scored as classes of the words that have one`() throws
  {
    var draw = Draw(labels: ["DT", "I", "NN"])
    draw.known = [[0, 2, 1], [2, unknownLabel], [2, 0]]
    let logits = { (tags: [[Int]]) in
      tags.map { $0.map { tag in (0..<3).map { Float($0 == tag ? 1 : 0) } } }
    }
    draw.logits = logits([[0, 2, 2], [2, 0], [2, 2]])
    let (outputs, rows) = examples(draw)
    let task = task.knowing(labels: draw.labels)
    #expect(task.metrics(labels: 3).map(\.name) == ["accuracy", "f1_macro"])
    // F1 by class: 2/3 of DT, 0 of I, 3/4 of NN.
    let scores = task.scores(of: outputs, on: rows)
    #expect(abs(scores[0] - 4.0 / 6) < 1e-12 && abs(scores[1] - (2.0 / 3 + 0.75) / 3) < 1e-12)
    #expect(task.details(of: outputs, on: rows).isEmpty)
    let score = try #require(task.chiefScore(of: outputs, on: rows))
    #expect(score([0, 1, 2]) == scores[0] && score([1, 1]) == 1 && score([2]) == 0.5)
    let baseline = task.baseline(on: rows, labels: draw.labels)
    #expect(baseline.score == 0.5 && baseline.name == "the tag 'NN' for every word")
    #expect(try task.labels(named: draw.labels, of: [], path: "f") == draw.labels)
    let entities = self.task.knowing(labels: ["O", "B-x"])
    #expect(entities.metrics(labels: 2)[0].name == "overall_f1")
  }

  @Test func `names come sorted or as given, and are those of IOB2`() throws {
    let rows = [["O", "B-b", "I-b"], ["B-a", "O"]].enumerated().map { line, tags in
      LabelledRow(words: tags, answer: .tags(tags), line: line + 1, wordsHaveLines: false)
    }
    #expect(try task.labels(named: [], of: rows, path: "f") == ["B-a", "B-b", "I-b", "O"])
    #expect(
      try task.labels(
        named: [],
        of: rows.map { row in
          var row = row
          row.answer = .tags([LabelledRow.ignoredTag] + row.tags)
          return row
        }, path: "f") == ["B-a", "B-b", "I-b", "O"])
    #expect(
      try task.labels(named: ["O", "S-x", "B-x", "I-x", "E-x"], of: rows, path: "f")
        == ["O", "B-x", "I-x"])
    #expect(throws: TextError.self) {
      try task.labels(named: ["O", "x", "B-x"], of: rows, path: "f")
    }
    #expect(
      try task.targets(
        of: rows, labels: ["O", "B-a", "B-b", "I-b"], path: "f", allowsMissing: false)
        == [.tokenLabels([0, 2, 3]), .tokenLabels([1, 0])])
    #expect(task.head(labels: ["O", "B"], style: .tinybert) == .tokenClassification(labels: 2))
  }

  @Test func `tags that are not known are asked for, and no score counts them`() throws {
    let tokenizer = try Tokenizer(
      tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "##b", "c"],
      settings: TokenizerSettings())
    let row = LabelledRow(
      words: ["ab", "\u{7}", "c", "c"], answer: .none, line: 1, wordsHaveLines: false)
    let unknown = task.examples(
      of: row, target: .none, tokenizer: tokenizer, lengths: SequenceLengths(longest: 5))[0]
    #expect(unknown.encoding.ids == [2, 5, 6, 7, 3] && unknown.encoding.truncatedCount == 1)
    #expect(unknown.target == .tokenLabels([-100, -1, -100, -1, -100]))
    let known = task.examples(
      of: row, target: .tokenLabels([4, 3, 2, 1]), tokenizer: tokenizer,
      lengths: SequenceLengths(longest: 9))[0]
    #expect(known.target == .tokenLabels([-100, 4, -100, 2, 1, -100]))
    let targets = Targets([unknown.target])
    #expect(!targets.areKnown && targets.firstMissing(of: 1) == 0)
    #expect(Targets([known.target]).areKnown && Targets([known.target]).firstMissing(of: 1) == nil)
  }
}
