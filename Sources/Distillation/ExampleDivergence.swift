import Compute
import Foundation
import Training

/// A loss of answers that says of each example how far apart student and teacher are.
public protocol ComparesExamples: AnswerLoss {
  /// How far apart they are; 0 where they agree, and not below.
  ///
  /// - Parameters:
  ///   - student: the student's logits of one example, row after row.
  ///   - teacher: the teacher's, as many.
  ///   - columns: numbers of a row.
  /// - Returns: the mean over the rows; 0 where there are none.
  func divergence(
    ofStudent student: ArraySlice<Float>, fromTeacher teacher: ArraySlice<Float>, columns: Int
  ) -> Double
}

extension SoftCrossEntropy: ComparesExamples {
  /// The Kullback-Leibler divergence KL(teacher || student) at the loss's temperature.
  public func divergence(
    ofStudent student: ArraySlice<Float>, fromTeacher teacher: ArraySlice<Float>, columns: Int
  ) -> Double {
    meanOfRows(student, teacher, columns) { z, t in
      let (q, p) = (LogSoftmax(z, temperature), LogSoftmax(t, temperature))
      return zip(p.values, q.values).reduce(0.0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    }
  }
}

extension SoftBinaryCrossEntropy: ComparesExamples {
  /// The mean over the labels of KL(teacher || student) of a label's two answers.
  public func divergence(
    ofStudent student: ArraySlice<Float>, fromTeacher teacher: ArraySlice<Float>, columns: Int
  ) -> Double {
    meanOfRows(student, teacher, columns) { z, t in
      zip(z, t).reduce(0.0) { sum, label in
        // A label's logit against 0 is a softmax of two.
        let q = LogSoftmax([label.0, 0], softening.temperature)
        let p = LogSoftmax([label.1, 0], softening.temperature)
        return sum + zip(p.values, q.values).reduce(0.0) { $0 + exp($1.0) * ($1.0 - $1.1) }
      } / Double(columns)
    }
  }
}

extension SquaredAnswerError: ComparesExamples {
  /// The mean squared difference.
  public func divergence(
    ofStudent student: ArraySlice<Float>, fromTeacher teacher: ArraySlice<Float>, columns: Int
  ) -> Double {
    meanOfRows(student, teacher, columns) { z, t in
      zip(z, t).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) } / Double(columns)
    }
  }
}

extension HardRows {
  /// Notes how far apart student and teacher are on the examples of a micro-batch; nothing of those that
  /// the teacher has not answered for.
  ///
  /// - Parameters:
  ///   - batch: the micro-batch.
  ///   - logits: the student's.
  ///   - teacher: what the teacher says.
  ///   - loss: what compares them.
  /// - Throws: `DistillationError` where the logits are of no known shape.
  func record(
    _ batch: TrainingBatch, _ logits: Matrix, _ teacher: TeacherLogits, _ loss: any AnswerLoss
  ) throws {
    guard let loss = loss as? any ComparesExamples else { return }
    let (counts, values) = (try batch.logitRows(of: logits), logits.values())
    var next = 0
    for (index, count) in zip(batch.indices, counts) {
      let own = values[next..<next + count * logits.columns]
      next = own.endIndex
      let known = try teacher.rows(of: [index])
      guard !known.isEmpty, known.count == own.count else { continue }
      record(
        loss.divergence(ofStudent: own, fromTeacher: known[...], columns: logits.columns),
        of: index)
    }
  }
}

/// The mean of something over the rows of two models' logits.
private func meanOfRows(
  _ student: ArraySlice<Float>, _ teacher: ArraySlice<Float>, _ columns: Int,
  _ value: (ArraySlice<Float>, ArraySlice<Float>) -> Double
) -> Double {
  precondition(
    columns > 0 && student.count == teacher.count && student.count % columns == 0,
    "\(student.count) and \(teacher.count) logits in rows of \(columns)")
  guard !student.isEmpty else { return 0 }
  var sum = 0.0
  for start in stride(from: 0, to: student.count, by: columns) {
    let rows = [student, teacher].map {
      $0[$0.startIndex + start..<$0.startIndex + start + columns]
    }
    sum += value(rows[0], rows[1])
  }
  return sum / Double(student.count / columns)
}
