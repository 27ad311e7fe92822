import Compute
import Foundation
public import Training

/// How much each row of a teacher's logits counts in the prediction loss: the teacher's confidence, which
/// is its greatest class probability, to a power.
///
/// The loss is then a weighted mean: sum_r w_r CE(p_r, q_r) / sum_r w_r, both sums over the whole step. A
/// power of 0 would give every row the same weight. Temperature does not enter the weights.
public struct TeacherConfidence: Sendable {
  /// The weights of each example's rows; none where the teacher has not answered for it.
  public let weights: Ragged<Double>
  /// What the loss is a mean over.
  let denominator: Denominator

  /// Weighs the rows of all examples.
  ///
  /// - Parameters:
  ///   - teacher: what it says of them; its logits must be known already.
  ///   - examples: how many there are.
  ///   - power: the power.
  /// - Throws: `DistillationError` for a power out of range, or a teacher that is asked in every step;
  ///   what the logits' source throws.
  public init(of teacher: TeacherLogits, examples: Int, power: Double) throws {
    guard power > 0, power.isFinite else {
      throw DistillationError(.options, "confidence_weight: \(power) is not positive")
    }
    if case .live = teacher {
      throw DistillationError(
        .options, "confidence_weight: the teacher's answers are not kept; leave the option out")
    }
    let columns = max(1, teacher.columns ?? 1)
    var weights = Ragged<Double>()
    for index in 0..<examples {
      let logits = try teacher.rows(of: [index])
      weights.append(
        stride(from: 0, to: logits.count - columns + 1, by: columns).map { start in
          pow(LogSoftmax(logits[start..<start + columns]).confidence, power)
        })
    }
    self.weights = weights
    denominator = .weights("the teacher's confidence") { [weights] batch in
      batch.indices.reduce(0) { $0 + weights[$1].reduce(0, +) }
    }
  }

  /// This micro-batch's share of the weighted mean of a soft cross-entropy.
  ///
  /// - Parameters:
  ///   - loss: the loss.
  ///   - student: the student's logits of the rows that have weights, `[rows, columns]`.
  ///   - teacher: the teacher's, the same shape.
  ///   - batch: the micro-batch.
  ///   - weight: factor of value and gradient.
  ///   - totals: the weights, added up over the step.
  ///   - gradient: d(loss)/d(student), added to.
  /// - Returns: the share.
  func share(
    of loss: SoftCrossEntropy, student: Matrix, teacher: Matrix, of batch: TrainingBatch,
    weight: Double, totals: StepTotals, gradient: Matrix
  ) -> Double {
    let weights = batch.indices.flatMap { self.weights[$0] }
    precondition(weights.count == student.rows, "\(weights.count) weights of \(student.rows) rows")
    let total = totals.weight(of: denominator)
    guard total > 0 else { return 0 }
    let temperature = loss.temperature
    let square = loss.scalesByTemperature ? temperature * temperature : 1
    let (columns, z, t) = (student.columns, student.values(), teacher.values())
    var sum = 0.0
    for (row, own) in weights.enumerated() {
      let range = row * columns..<(row + 1) * columns
      let (q, p) = (LogSoftmax(z[range], temperature), LogSoftmax(t[range], temperature))
      let scale = weight * square * own / total
      for column in 0..<columns {
        let target = exp(p.values[column])
        sum -= scale * target * q.values[column]
        gradient[row, column] += Float(scale * (exp(q.values[column]) - target) / temperature)
      }
    }
    return sum
  }
}
