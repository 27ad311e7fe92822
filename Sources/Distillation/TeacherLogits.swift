public import Compute
import Transformer

/// Where the prediction loss gets the teacher's logits from.
public enum TeacherLogits {
  /// The teacher itself.
  case live(TeacherRunner)
  /// Logits computed earlier: `[examples x labels]`, row-major, for the numbers of examples asked.
  case cached(labels: Int, rows: (_ indices: [Int]) throws -> [Float])

  /// Labels of the teacher, or nil if it has no classification head.
  var labels: Int? {
    switch self {
    case .cached(let labels, _): labels
    case .live(let runner): runner.model.labels
    }
  }
}

extension BertModel {
  /// The logits of a sequence, or nil if they are not one row for each.
  var labels: Int? { logitShape.flatMap { $0.rows == .sequences ? $0.columns : nil } }
}

/// The teacher's logits of every example, collected while it runs anyway.
///
/// Only an example's first logits are kept, so what is collected does not depend on interruptions
/// as long as both matrices are part of the checkpoint.
public final class TeacherLogitRecorder {
  /// `[examples, labels]`; rows not seen yet are 0.
  public let values: Matrix
  /// `[1, examples]`: 1 where the logits are known, else 0.
  public let known: Matrix

  /// Creates an empty record.
  public init(examples: Int, labels: Int) {
    values = Matrix(rows: examples, columns: labels)
    known = Matrix(rows: 1, columns: examples)
  }

  /// Whether every example's logits are known.
  public var isComplete: Bool { !known.values().contains(0) }

  /// Keeps the logits, `[indices, labels]`, of examples not seen before.
  func record(_ logits: Matrix, indices: [Int]) {
    precondition(
      logits.rows == indices.count && logits.columns == values.columns,
      "logits [\(logits.rows), \(logits.columns)] for \(indices.count) x \(values.columns)")
    for (row, index) in indices.enumerated() where known[0, index] == 0 {
      values.rows(index..<index + 1).assign(from: logits.rows(row..<row + 1))
      known[0, index] = 1
    }
  }
}
