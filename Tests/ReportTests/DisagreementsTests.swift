import Artifacts
import Compute
import Files
import Foundation
import Tasks
import TestSupport
import Testing
import Text
import Training

@testable import Report

@Suite struct DisagreementsTests {
  /// What two models say of rows of several labels, as a stage leaves it.
  private func withFiles(_ body: (_ dataset: String, _ predictions: String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      var split = DatasetSplit()
      let rows: [(text: String, target: Target)] = [
        ("one", .labels([0])), ("two", .labels([])), ("three", .labels([0, 1])), ("four", .none),
      ]
      for row in rows {
        split.append(
          TokenizedRow(ids: [2, 5, 3], secondSegmentStart: 3), row.target)
        split.append(row.text, pair: nil, [])
      }
      _ = try DatasetArtifact.write(
        to: folder + "/rows.h5",
        DatasetDescription(
          task: MultiLabelTask(), labels: ["praise", "blame"],
          tokenizerDigest: String(repeating: "0", count: 64), maxSequenceLength: 8, hasPairs: false),
        splits: ["test": split], inputs: [:])
      func outputs(_ logits: [Float]) -> Outputs {
        Outputs(columns: 2, values: logits)
      }
      _ = try PredictionsArtifact.write(
        to: folder + "/said.h5",
        [
          .init(model: "t", outputs: ["test": outputs([2, -2, -1, -1, 3, 3, 0, 1])]),
          .init(model: "s", outputs: ["test": outputs([2, -1.9, -1, 4, -3, 3, 0, 1])]),
        ], targets: [:], splits: ["test"], inputs: [:])
      try body(folder + "/rows.h5", folder + "/said.h5")
    }
  }

  @Test func `of several labels the one most apart counts`() throws {
    try withFiles { dataset, predictions in
      let found = try #require(
        try Disagreements(
          between: "t", and: "s", on: "test", dataset: dataset, predictions: predictions))
      #expect(found.rows.map(\.text) == ["three", "two", "one", "four"])
      let sigmoid = { (logit: Double) in 1 / (1 + exp(-logit)) }
      let distances = [
        sigmoid(3) - sigmoid(-3), sigmoid(4) - sigmoid(-1), sigmoid(-1.9) - sigmoid(-2), 0,
      ]
      for (row, distance) in zip(found.rows, distances) {
        #expect(abs(row.distance - distance) < 1e-6, "\(row)")
      }
      #expect(found.rows.map(\.right) == ["praise, blame", "none", "praise", nil])
      #expect(
        found.rows.map(\.teacher.answer)
          == ["praise, blame", "none", "praise", "praise, blame"])
      #expect(found.rows.map(\.student.answer) == ["blame", "blame", "praise", "praise, blame"])
      let strict = try #require(
        try Disagreements(
          between: "t", and: "s", on: "test", dataset: dataset, predictions: predictions,
          threshold: 0.6))
      #expect(strict.rows.last?.teacher.answer == "blame")
    }
  }

  /// What two models say of the words of three sentences; in the last one, one word was not asked for.
  private func ofWords(_ labels: [String], _ teacher: [Int], _ student: [Int]) throws
    -> Disagreements?
  {
    try withTemporaryFolder { folder in
      var split = DatasetSplit()
      let no = ignoredLabel
      let rows: [(text: String, classes: [Int32])] = [
        ("Tim\u{a0}B Cook walks", [no, 0, 1, no, 2, no]), ("in Rome", [no, 2, 0, no]),
        ("some more words", [no, 2, 2, no, no]),
      ]
      for row in rows {
        split.append(
          TokenizedRow(
            ids: [2] + row.classes.dropFirst(2).map { _ in 5 } + [3],
            secondSegmentStart: Int32(row.classes.count)), .tokenLabels(row.classes))
        split.append(row.text, pair: nil, [])
      }
      _ = try DatasetArtifact.write(
        to: folder + "/rows.h5",
        DatasetDescription(
          task: TokenClassificationTask(), labels: labels,
          tokenizerDigest: String(repeating: "0", count: 64), maxSequenceLength: 8, hasPairs: false),
        splits: ["test": split], inputs: [:])
      func outputs(_ best: [Int]) -> Outputs {
        var rows = Ragged<Float>()
        let logits = best.map { best in (0..<3).map { $0 == best ? Float(2) : 0 } }
        for words in [0..<3, 3..<5, 5..<7] { rows.append(logits[words].flatMap(\.self)) }
        return Outputs(columns: 3, rows: rows)
      }
      _ = try PredictionsArtifact.write(
        to: folder + "/said.h5",
        [
          .init(model: "t", outputs: ["test": outputs(teacher)]),
          .init(model: "s", outputs: ["test": outputs(student)]),
        ], targets: [:], splits: ["test"], inputs: [:])
      return try Disagreements(
        between: "t", and: "s", on: "test", dataset: folder + "/rows.h5",
        predictions: folder + "/said.h5")
    }
  }

  @Test func `of tags the sentences count whose words are tagged differently`() throws {
    let found = try #require(
      try ofWords(["B-PER", "I-PER", "O"], [0, 1, 2, 2, 2, 0, 0], [2, 0, 2, 2, 0, 2, 2]))
    #expect(found.measure == .words && found.total == 3)
    // Which of three words two tags are of is not known.
    #expect(found.rows.map(\.number) == [1, 2])
    let apart = (exp(2.0) - 1) / (exp(2.0) + 2)
    #expect(abs((found.rows.first?.distance ?? 0) - 2 * apart) < 1e-6, "\(found.rows)")
    #expect(found.rows.map(\.right) == ["PER: Tim\u{a0}B Cook", "PER: Rome"])
    #expect(found.rows.map(\.teacher.answer) == ["PER: Tim\u{a0}B Cook", "none"])
    #expect(found.rows.map(\.student.answer) == ["PER: Cook", "PER: Rome"])
    #expect(found.rows.allSatisfy { $0.teacher.sureness == nil })
    // Words of which both say the same do not add to it, however sure they are.
    let alike = try #require(
      try ofWords(["B-PER", "I-PER", "O"], [2, 2, 2, 2, 2, 0, 0], [2, 2, 2, 2, 0, 2, 2]))
    #expect(alike.rows.map(\.number) == [2])
  }

  @Test func `of classes of words those words are shown on which not all are of one mind`() throws {
    let found = try #require(
      try ofWords(["NOUN", "ADP", "VERB"], [0, 1, 2, 2, 2, 0, 0], [0, 0, 2, 2, 0, 0, 0]))
    #expect(found.rows.map(\.right) == ["Cook: ADP", "Rome: NOUN"])
    #expect(found.rows.map(\.teacher.answer) == ["Cook: ADP", "Rome: VERB"])
    #expect(found.rows.map(\.student.answer) == ["Cook: NOUN", "Rome: NOUN"])
  }
}
