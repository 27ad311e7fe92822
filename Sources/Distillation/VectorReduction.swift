public import Compute
import Foundation
public import Training

/// A teacher's vectors as a narrower student learns them: their components along the directions in which
/// they differ most (Reimers and Gurevych, sentence-transformers), so that what the student makes needs
/// no projection of its own.
///
/// Vectors are not centred: cosines of the rest are those of the vectors as they are.
public struct VectorReduction {
  /// The reduced vectors of all examples.
  public let outputs: Outputs
  /// The share of the vectors' variance that is kept.
  public let share: Double

  /// Reduces vectors.
  ///
  /// - Parameters:
  ///   - outputs: The teacher's, one an example.
  ///   - width: The student's.
  ///   - isNormalized: Whether the student's have length 1, and so the reduced ones too.
  ///   - context: Where the arithmetic runs.
  /// - Throws: `DistillationError` where the student is wider than the teacher.
  public init(
    _ outputs: Outputs, to width: Int, isNormalized: Bool, on context: ComputeContext
  ) throws {
    try Self.check(student: width, teacher: outputs.columns)
    guard
      let found = PrincipalAxes.of(outputs.values, width: outputs.columns, count: width)
    else {
      throw DistillationError(
        .options,
        "the teacher's vectors lie too far apart for their axes to be found; use a student "
          + "of its width, \(outputs.columns)")
    }
    let axes = Matrix(rows: width, columns: outputs.columns, values: found.axes)
    self.outputs = outputs.mapped(by: axes, isNormalized: isNormalized, on: context)
    share = found.share
  }

  /// Refuses a student that is wider than its teacher.
  ///
  /// - Throws: `DistillationError` with the cure.
  public static func check(student: Int, teacher: Int) throws {
    guard student > teacher else { return }
    throw DistillationError(
      .options,
      "the student's vectors have \(student) numbers, the teacher's \(teacher); use a student that is no "
        + "wider than the teacher (distill general --hidden-size \(teacher)), or learn similarities alone "
        + "with --embedding-loss none --similarity-weight 1")
  }
}

extension Outputs {
  /// Every row times a matrix, `[width, columns]`.
  ///
  /// - Parameters:
  ///   - axes: the matrix.
  ///   - isNormalized: whether what comes out gets the length 1.
  ///   - context: where the arithmetic runs.
  /// - Returns: the products, `[count, width]`.
  func mapped(by axes: Matrix, isNormalized: Bool = false, on context: ComputeContext) -> Outputs {
    var mapped: [Float] = []
    mapped.reserveCapacity(count * axes.rows)
    for start in stride(from: 0, to: count, by: 4096) {
      let end = min(start + 4096, count)
      let block = Matrix(
        rows: end - start, columns: columns, values: Array(values[start * columns..<end * columns]))
      let result = Matrix(rows: end - start, columns: axes.rows)
      context.multiply(block, axes, into: result, transposingB: true)
      if isNormalized {
        context.normalizeRows(result, into: result, lengths: Matrix(rows: result.rows, columns: 1))
      }
      mapped += result.values()
    }
    return Outputs(columns: axes.rows, values: mapped)
  }
}
