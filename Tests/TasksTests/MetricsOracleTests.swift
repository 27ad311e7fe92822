import Foundation
import TestSupport
import Testing
import Training

@testable import Tasks

/// What `Oracles/metrics.py` prints.
private struct Draws: Decodable {
  struct Classification: Decodable {
    let columns: Int
    let labels: [Int32]
    let predicted: [Int]
    let scores: [Double]
  }

  struct MultiLabel: Decodable {
    let columns: Int
    let threshold: Double
    let logits: [Float]
    let labels: [[Int32]]
    let scores: [Double]
  }

  struct Regression: Decodable {
    let numbers: [Float]
    let labels: [Float]
    let scores: [Double?]
  }

  let classification: [Classification]
  let multiLabel: [MultiLabel]
  let regression: [Regression]

  enum CodingKeys: String, CodingKey {
    case classification, regression
    case multiLabel = "multi_label"
  }
}

@Suite struct MetricsOracleTests {
  @Test(.enabled(if: PythonOracle.isAvailable))
  func `metrics are those of scikit-learn and SciPy on a thousand draws each`() throws {
    let draws = try JSONDecoder().decode(
      Draws.self, from: Data(try PythonOracle.run("metrics.py", ["14", "1000"]).utf8))
    #expect(draws.classification.count == 1000)
    for draw in draws.classification {
      let logits = draw.predicted.flatMap { best in
        (0..<draw.columns).map { Float($0 == best ? 1 : 0) }
      }
      expect(
        ClassificationTask(), Outputs(columns: draw.columns, values: logits), .labels(draw.labels),
        draw.scores)
    }
    for draw in draws.multiLabel {
      var sets = Ragged<Int32>()
      for labels in draw.labels { sets.append(labels) }
      expect(
        MultiLabelTask(threshold: draw.threshold),
        Outputs(columns: draw.columns, values: draw.logits), .labelSets(sets), draw.scores)
    }
    for draw in draws.regression {
      expect(
        RegressionTask(), Outputs(columns: 1, values: draw.numbers), .numbers(draw.labels),
        draw.scores.map { $0 ?? .nan })
    }
    // What is degenerate is among them.
    #expect(draws.regression.contains { $0.scores[0] == nil })
    #expect(draws.multiLabel.contains { $0.labels.allSatisfy(\.isEmpty) })
  }

  private func expect(
    _ task: any RowTask, _ outputs: Outputs, _ targets: Targets, _ expected: [Double]
  ) {
    let rows = TaskRows(
      InMemoryExamples(
        ids: [Int32](repeating: 5, count: outputs.count), offsets: Array(0...outputs.count),
        targets: targets))
    let scores = task.scores(of: outputs, on: rows)
    let names = task.metrics(labels: outputs.columns).map(\.name)
    #expect(scores.count == expected.count && names.count == scores.count)
    for (name, (score, oracle)) in zip(names, zip(scores, expected)) {
      #expect(
        score.isNaN && oracle.isNaN || abs(score - oracle) < 1e-9,
        "\(task.name) \(name): \(score), not \(oracle), of \(outputs.values) on \(targets)")
    }
  }
}
