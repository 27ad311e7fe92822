import Compute
import Foundation
import TestSupport
import Testing
import Training
import Transformer

@testable import Distillation

@Suite struct TeacherMixtureTests {
  /// What `Oracles/teacher_mixtures.py` prints: PyTorch's losses to averaged answers, in float64.
  struct Case: Decodable {
    let kind: String
    let average: String
    let temperature: Double
    let columns: Int
    let lengths: [Int]
    let weights: [Double]
    let teachers: [[Double]]
    let student: [Double]
    let loss: Double
    let gradient: [Double]

    var answerLoss: any AnswerLoss {
      get throws {
        switch kind {
        case "columns": try SoftCrossEntropy(temperature: temperature)
        case "tokens": try SpanSoftCrossEntropy(temperature: temperature)
        case "each": try SoftBinaryCrossEntropy(temperature: temperature)
        default: try SquaredAnswerError()
        }
      }
    }
  }

  private static func outputs(_ values: [Double], _ one: Case) -> Outputs {
    var rows = Ragged<Float>()
    var rest = values[...]
    for length in one.lengths {
      rows.append(rest.prefix(length * one.columns).map { Float($0) })
      rest = rest.dropFirst(length * one.columns)
    }
    return Outputs(columns: one.columns, rows: rows)
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `the loss to several teachers and its gradient are PyTorch's`() throws {
    let cases = try JSONDecoder().decode(
      [Case].self, from: Data(try PythonOracle.run("teacher_mixtures.py", []).utf8))
    #expect(cases.count == 14)
    for one in cases {
      let loss = try one.answerLoss
      let average = try #require(TeacherMixture.Average(rawValue: one.average))
      let mixture = TeacherMixture(
        weights: one.weights, average: average, for: loss, temperature: one.temperature)
      #expect(mixture.averagesProbabilities == (average == .probabilities && one.kind != "plain"))
      let mean = mixture.mean(of: one.teachers.map { Self.outputs($0, one) })
      #expect(mean.values.allSatisfy { $0.isFinite })
      let rows = one.lengths.reduce(0, +)
      // Where a row is an example, so is a sequence of one token.
      let batch = TrainingBatch(
        packed: PackedBatch(
          one.lengths.map { TokenSequence(ids: [Int32](repeating: 1, count: $0)) },
          places: one.lengths.indices.map { UInt64($0) }),
        targets: one.lengths.map { _ in .none }, indices: Array(one.lengths.indices))
      for threads in [1, 2] {
        let context = ComputeContext(threads: threads)
        let gradient = Matrix(rows: rows, columns: one.columns)
        let value = loss.share(
          student: Matrix(rows: rows, columns: one.columns, values: one.student.map { Float($0) }),
          teacher: Matrix(rows: rows, columns: one.columns, values: mean.values), of: batch,
          weight: 1, total: one.lengths.count, gradient: gradient, on: context)
        let name = "\(one.kind) \(one.average) \(one.temperature)"
        #expect(abs(value - one.loss) < 2e-5 * (1 + abs(one.loss)), "\(name): \(value)")
        let comparison = Comparison(
          gradient.values().map(Double.init), one.gradient, within: .forward)
        #expect(comparison.isClose, "\(name): \(comparison)")
      }
    }
  }

  @Test func `equal teachers say together what each says, and a heavy one drowns the others`()
    throws
  {
    let loss = try SoftCrossEntropy(temperature: 2)
    let (one, other) = (
      Outputs(columns: 3, values: [1, 2, 4, 0, -3, 5]),
      Outputs(columns: 3, values: [4, 0, 0, 1, 1, 1])
    )
    func shares(_ outputs: Outputs) -> [Double] {
      stride(from: 0, to: 6, by: 3).flatMap { row in
        let odds = (row..<row + 3).map { exp(Double(outputs.values[$0]) / 2) }
        return odds.map { $0 / odds.reduce(0, +) }
      }
    }
    func mean(_ weights: [Double], _ teachers: [Outputs]) -> [Double] {
      shares(
        TeacherMixture(weights: weights, average: .probabilities, for: loss, temperature: 2)
          .mean(of: teachers))
    }
    let equal = zip(mean([1, 3], [one, one]), shares(one))
    #expect(equal.allSatisfy { abs($0 - $1) < 1e-6 })
    let drowned = zip(mean([1e6, 1e-6], [one, other]), shares(one))
    #expect(drowned.allSatisfy { abs($0 - $1) < 1e-6 })
    let halves = zip(mean([5, 5], [one, other]), zip(shares(one), shares(other)))
    #expect(halves.allSatisfy { abs($0 - ($1.0 + $1.1) / 2) < 1e-6 })
  }
}
