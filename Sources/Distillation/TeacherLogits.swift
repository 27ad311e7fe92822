public import Compute
public import Training
import Transformer

/// Where the prediction loss gets the teacher's logits from.
public enum TeacherLogits {
  /// The teacher itself.
  case live(TeacherRunner)
  /// Logits computed earlier: for the numbers of examples asked, all their rows of `columns`.
  case cached(columns: Int, rows: (_ indices: [Int]) throws -> [Float])
  /// What a teacher that is elsewhere answered: an example that it has not answered for has no row.
  case stored(Outputs)

  /// What is known of examples, all their rows.
  func rows(of indices: [Int]) throws -> [Float] {
    switch self {
    case .cached(_, let rows): try rows(indices)
    case .stored(let outputs): indices.flatMap { outputs.rows[$0] }
    case .live: []
    }
  }

  /// What all of a batch's examples are answered with, in the shape of the student's logits.
  ///
  /// - Throws: `DistillationError` where what is known is of other data, what a teacher at hand throws.
  func logits(of batch: TrainingBatch, like logits: Matrix, in arena: Arena) throws -> Matrix {
    switch self {
    case .live(let runner):
      guard let logits = try runner.taps(BertModel.Taps(logits: true), of: batch).logits else {
        preconditionFailure("the teacher has no logits")
      }
      return logits
    case .cached, .stored:
      let values = try rows(of: batch.indices)
      guard values.count == logits.rows * logits.columns else {
        throw DistillationError(
          .missingLogits,
          "\(values.count) cached teacher logits for \(batch.indices.count) examples with "
            + "\(logits.rows) rows of \(logits.columns); the logits belong to other data")
      }
      let matrix = arena.matrix(logits.rows, logits.columns)
      matrix.assign(values)
      return matrix
    }
  }

  /// Columns of the teacher's logits, or nil if it has no head.
  var columns: Int? {
    switch self {
    case .cached(let columns, _): columns
    case .stored(let outputs): outputs.columns
    case .live(let runner): runner.model.logitShape?.columns
    }
  }
}

extension Outputs {
  /// The logits as the prediction loss asks for them.
  public var asTeacher: TeacherLogits {
    .cached(columns: columns) { indices in indices.flatMap { rows[$0] } }
  }

  /// The same where an example may have no row, as the teacher has not answered for it.
  public var asAnswers: TeacherLogits {
    (0..<count).contains { rows[$0].isEmpty } ? .stored(self) : asTeacher
  }
}

/// The teacher's logits of every example, collected while it runs anyway.
///
/// Only an example's first logits are kept, so what is collected does not depend on interruptions
/// as long as both matrices are part of the checkpoint.
public final class TeacherLogitRecorder {
  /// The rows of all examples, `[rows, columns]`; those not seen yet are 0.
  public let values: Matrix
  /// `[1, examples]`: 1 where the logits are known, else 0.
  public let known: Matrix
  /// First row of each example, and at the end the number of rows.
  private let starts: [Int]

  /// Creates an empty record.
  ///
  /// - Parameters:
  ///   - starts: first row of each example, and at the end the number of rows.
  ///   - columns: columns of the teacher's logits.
  public init(starts: [Int], columns: Int) {
    self.starts = starts
    values = Matrix(rows: starts.last ?? 0, columns: columns)
    known = Matrix(rows: 1, columns: starts.count - 1)
  }

  /// Creates an empty record of a teacher that gives one row for each example.
  public convenience init(examples: Int, columns: Int) {
    self.init(starts: Array(0...examples), columns: columns)
  }

  /// Whether every example's logits are known.
  public var isComplete: Bool { !known.values().contains(0) }

  /// What is known, as the teacher's outputs.
  public var outputs: Outputs {
    Outputs(
      columns: values.columns,
      rows: Ragged(values: values.values(), offsets: starts.map { $0 * values.columns }))
  }

  /// The rows of consecutive examples, `[rows, columns]`.
  public func rows(of examples: Range<Int>) -> Matrix {
    values.rows(starts[examples.lowerBound]..<starts[examples.upperBound])
  }

  /// Keeps the logits, all rows of these examples, of those not seen before; a teacher that was asked
  /// for nothing has none.
  func record(_ logits: Matrix?, indices: [Int]) {
    let logits = logits ?? Matrix(rows: 0, columns: values.columns)
    var row = 0
    for index in indices {
      let count = starts[index + 1] - starts[index]
      precondition(
        row + count <= logits.rows && logits.columns == values.columns,
        "logits [\(logits.rows), \(logits.columns)] for \(indices.count) examples")
      if known[0, index] == 0 {
        rows(of: index..<index + 1).assign(from: logits.rows(row..<row + count))
        known[0, index] = 1
      }
      row += count
    }
    precondition(row == logits.rows, "\(logits.rows) rows of logits where \(row) were expected")
  }
}
