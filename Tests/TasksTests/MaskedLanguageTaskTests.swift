import Compute
import Foundation
import TestSupport
import Testing
import Text
import Training
import Transformer

@testable import Tasks

@Suite struct MaskedLanguageTaskTests {
  private let task = MaskedLanguageTask()

  /// Three rows, the second of two sequences and the third without a hidden token; of five tokens three
  /// are found.
  private let rows = TaskRows(
    InMemoryExamples(
      [[9, 7], [8], [6, 5], []].map { (hidden: [Int32]) in
        let labels = [ignoredLabel] + hidden + [ignoredLabel]
        return Example(
          sequence: TokenSequence(ids: labels.map { _ in 4 }), target: .tokenLabels(labels))
      }, rows: [0, 1, 1, 2]))
  private let losses = [[0.5, 2.0], [0.25], [1.0, 3.0], []]
  private func outputs(_ answers: [[Int32]]) -> Outputs {
    var rows = Ragged<Float>()
    for (losses, answers) in zip(losses, answers) {
      rows.append(zip(losses, answers).flatMap { [Float($0), Float($1)] })
    }
    return Outputs(columns: 2, rows: rows)
  }

  @Test func `perplexity is exp of the mean loss, accuracy the share of tokens that are found`() {
    let scores = task.scores(of: outputs([[9, 1], [8], [6, 4], []]), on: rows)
    #expect(task.metrics(labels: 0).map(\.name) == ["perplexity", "accuracy"])
    #expect(task.metrics(labels: 0).map(\.greaterIsBetter) == [false, true])
    #expect(abs(scores[0] - exp(6.75 / 5)) < 1e-12 && scores[1] == 0.6)
    let nothing = TaskRows(
      InMemoryExamples([Example(sequence: TokenSequence(ids: [1]), target: .tokenLabels([-100]))]))
    let none = task.scores(
      of: Outputs(columns: 2, rows: Ragged(values: [], offsets: [0, 0])), on: nothing)
    #expect(none.count == 2 && none[0].isNaN && none[1].isNaN)
  }

  @Test func `rows are drawn with all their sequences, and tokens are compared one by one`() throws
  {
    let own = outputs([[9, 1], [8], [6, 4], []])
    let score = try #require(task.chiefScore(of: own, on: rows))
    #expect(abs(score([0, 1, 2]) - exp(6.75 / 5)) < 1e-12)
    #expect(abs(score([1, 1, 0]) - exp((2 * 4.25 + 2.5) / 8)) < 1e-12)
    #expect(score([2]).isNaN)
    #expect(task.agreement(of: own, with: outputs([[9, 2], [8], [6, 4], []]), on: rows) == 0.8)
    // 4 and the five that are hidden.
    #expect(task.baseline(on: rows, labels: []).score == 6)
  }

  private func tokenizer(_ words: [String]) throws -> Tokenizer {
    try Tokenizer(
      tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words, settings: TokenizerSettings())
  }

  @Test func `a long text is several sequences, and the seed decides what is hidden in each`()
    throws
  {
    let words = (0..<26).map { String(UnicodeScalar(UInt8(97 + $0))) }
    let tokenizer = try tokenizer(words)
    let lengths = SequenceLengths(longest: 12)
    func examples(_ task: MaskedLanguageTask, line: Int, _ target: Target = .tokenLabels([]))
      -> [RowExample]
    {
      task.examples(
        of: LabelledRow(text: words.joined(separator: " "), line: line), target: target,
        tokenizer: tokenizer, lengths: lengths)
    }
    let whole = examples(task, line: 1, .none).map(\.encoding.ids)
    #expect(whole.map(\.count) == [12, 12, 8])
    #expect(whole.flatMap { $0.dropFirst().dropLast() } == (5..<31).map { Int32($0) })
    func restored(_ example: RowExample) -> [Int32] {
      guard case .tokenLabels(let labels) = example.target else { return [] }
      return zip(example.encoding.ids, labels).map { $1 >= 0 ? $1 : $0 }
    }
    let hidden = examples(task, line: 1)
    #expect(hidden.map(restored) == whole)
    let counts = hidden.map { example -> Int in
      guard case .tokenLabels(let labels) = example.target else { return 0 }
      return labels.count { $0 >= 0 }
    }
    #expect(counts == [2, 2, 1])
    let targets = { (examples: [RowExample]) in examples.map(\.target) }
    #expect(targets(hidden) == targets(examples(task, line: 1)))
    #expect(targets(hidden) != targets(examples(task, line: 2)))
    #expect(targets(hidden) != targets(examples(MaskedLanguageTask(seed: 7), line: 1)))
    // A sequence is not hidden as the one before it.
    #expect(restored(hidden[0]).count == 12 && hidden[0].target != hidden[1].target)
  }

  @Test func `training takes back what a dataset hides, and hides as in raw text`() throws {
    let tokenizer = try tokenizer((0..<40).map { "w\($0)" })
    let text = Example(sequence: TokenSequence(ids: [2] + (5..<45).map { Int32($0) } + [3]))
    let masking = TokenMasking(tokenizer, probability: 0.15)
    let hidden = masking.apply(
      to: text, seed: 1, purpose: "tokens of a dataset", epoch: 0, place: 1)
    #expect(hidden.sequence != text.sequence)
    let objective = try task.objective(tokenizer)
    for epoch in 0..<3 {
      let one = objective.prepared(hidden, seed: 42, epoch: epoch, place: 5)
      #expect(one == objective.prepared(text, seed: 42, epoch: epoch, place: 5))
      #expect(one.target != hidden.target)
    }
  }

  @Test func `so many tokens are hidden that nothing predicts, others at each visit`() throws {
    let tokenizer = try tokenizer((0..<40).map { "w\($0)" })
    let ids = [2] + (5..<45).map { Int32($0) } + [3]
    let example = Example(sequence: TokenSequence(ids: ids), target: .label(1))
    let hide = try task.hiding(1, tokenizer)
    var shown: [Int: Int] = [:]
    for epoch in 0..<400 {
      let one = hide(example, 42, epoch, 5)
      #expect(one.target == .label(1) && one.sequence.types == example.sequence.types)
      let changed = ids.indices.filter { one.sequence.ids[$0] != ids[$0] }
      #expect(changed.count <= 1)
      shown[
        changed.first.map { one.sequence.ids[$0] == tokenizer.maskId ? 0 : 1 } ?? 2, default: 0] +=
        1
      #expect(changed.allSatisfy { $0 > 0 && $0 < ids.count - 1 })
    }
    // [MASK], another token, itself: 80, 10 and 10 % of 400, four standard deviations.
    #expect(abs(shown[0, default: 0] - 320) < 32 && abs(shown[1, default: 0] - 40) < 24)
    let short = Example(sequence: TokenSequence(ids: [2, 9, 3]))
    #expect(hide(short, 42, 0, 5).sequence.ids.count == 3)
    let two = try task.hiding(5, tokenizer)(example, 42, 0, 5)
    #expect(ids.indices.count { two.sequence.ids[$0] != ids[$0] } >= 2)
  }

  @Test func `names for words, and a vocabulary without any, are refused`() throws {
    #expect(throws: TextError.self) { try task.labels(named: ["a"], of: [], path: "rows") }
    #expect(try task.labels(named: [], of: [], path: "rows").isEmpty)
    let error = #expect(throws: TaskError.self) { try task.preparation(try tokenizer([])) }
    #expect(
      error?.description
        == "masked-language: the vocabulary holds special tokens alone; use a model "
        + "with a vocabulary of words")
  }
}
