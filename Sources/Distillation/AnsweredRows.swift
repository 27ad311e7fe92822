import Compute
import Training
import Transformer

/// The share of a micro-batch that a teacher has answered for, where it has not answered for all.
struct AnsweredRows {
  /// Which rows of the logits belong to it.
  let rows: [Int]
  /// What the teacher says of these rows.
  let teacher: Matrix

  /// Gathers the teacher's rows; nil where it has answered for none.
  ///
  /// - Parameters:
  ///   - batch: the micro-batch.
  ///   - answers: by example of the source.
  ///   - logits: the student's.
  ///   - arena: scratch memory.
  /// - Throws: `DistillationError` where an answer has other rows than the student gives.
  init?(
    _ batch: TrainingBatch, _ answers: Outputs, like logits: Matrix, in arena: Arena
  ) throws {
    let counts = try batch.logitRows(of: logits)
    var rows: [Int] = []
    var values: [Float] = []
    var next = 0
    for (index, count) in zip(batch.indices, counts) {
      let answer = answers.rows[index]
      if !answer.isEmpty {
        guard answer.count == count * logits.columns else {
          throw DistillationError(
            .missingLogits,
            "an answer of \(answer.count) numbers for an example with \(count) rows of "
              + "\(logits.columns); the answers belong to other data")
        }
        rows += next..<next + count
        values += answer
      }
      next += count
    }
    guard !rows.isEmpty else { return nil }
    self.rows = rows
    teacher = arena.matrix(rows.count, logits.columns)
    teacher.assign(values)
  }

  /// The same rows of a matrix, in one of their own.
  func gather(_ matrix: Matrix, in arena: Arena) -> Matrix {
    let gathered = arena.matrix(rows.count, matrix.columns)
    for (place, row) in rows.enumerated() {
      gathered.rows(place..<place + 1).assign(from: matrix.rows(row..<row + 1))
    }
    return gathered
  }

  /// Adds a matrix of these rows to one of all.
  func scatter(_ part: Matrix, addingInto matrix: Matrix, on context: ComputeContext) {
    for (place, row) in rows.enumerated() {
      context.add(part.rows(place..<place + 1), into: matrix.rows(row..<row + 1))
    }
  }
}

extension TrainingBatch {
  /// How many rows of logits each of its examples has: one, or one for each token that is asked for, or
  /// one for each token.
  func logitRows(of logits: Matrix) throws -> [Int] {
    if !packed.predictionRows.isEmpty, logits.rows == packed.predictionRows.count {
      return predictionCounts
    }
    if logits.rows == indices.count { return [Int](repeating: 1, count: indices.count) }
    guard logits.rows == packed.tokens else {
      throw DistillationError(
        .missingLogits, "\(logits.rows) rows of logits for \(indices.count) examples")
    }
    return packed.sequences.lengths
  }
}

extension Denominator {
  /// The same, counted over the examples alone that a teacher has answered for.
  func answered(_ answers: Outputs) -> Denominator {
    Denominator("answered " + name) { batch in
      batch.part { !answers.rows[$0].isEmpty }.map(count) ?? 0
    }
  }
}
