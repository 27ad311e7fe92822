import Artifacts
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
}
