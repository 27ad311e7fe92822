public import Compute
public import Training
public import Transformer

/// A teacher's reduced vectors, turned to where a student's lie already.
///
/// Cosines and distances are the same after a rotation, so that of the many forms of the teacher's vectors a student may
/// learn the one that is nearest to its own. With M = E[(y - mean(y)) (s - mean(s))^T] over a sample of texts, y the teacher's
/// vectors and s the student's before they get their length, the orthogonal Q that makes E|Q y - s|^2 the least is
/// (M^T M)^-1/2 M^T (Schönemann 1966). What differs in the mean is `b = a Q mean(y) - mean(s)`, which the shift of the
/// student's last layer norm takes; a is the factor that fits lengths best, or 1 where the teacher's lengths are learnt.
public struct VectorAlignment {
  /// The turned vectors of all examples.
  public let outputs: Outputs
  /// The share of the variance of the student's vectors that they say.
  public let share: Double
  /// b, `[C]`.
  let shift: [Double]

  /// Below this share of the greatest a direction counts as one in which nothing is known, and is not turned.
  private static let floor = 1e-4

  /// Turns vectors.
  ///
  /// Gives nil where the numbers say nothing of where to turn to.
  ///
  /// - Parameters:
  ///   - outputs: the teacher's, as wide as the student's.
  ///   - student: the student, under its head.
  ///   - weights: its weights as they stand.
  ///   - learnsLengths: whether it learns the lengths of vectors too.
  ///   - examples: the texts of the vectors, of which some are read that are spread evenly over them.
  ///   - compute: where the arithmetic runs.
  /// - Throws: what the source throws.
  public init?(
    _ outputs: Outputs, to student: BertModel, _ weights: ParameterSet, learnsLengths: Bool,
    on examples: any ExampleSource, computing compute: ComputeContext
  ) throws {
    let width = student.configuration.hiddenSize
    guard student.head.isEmbedding, outputs.columns == width,
      let moments = try PairedMoments(
        student, weights, channels: width, outputs.asTeacher, on: examples, computing: compute),
      let (turn, lengths) = Self.turn(moments.across)
    else { return nil }
    let (own, theirs) = (moments.featureVariance, moments.answerVariance)
    guard own > 0, theirs > 0 else { return nil }
    share = lengths * lengths / (own * theirs)
    let factor = learnsLengths ? 1 : lengths / theirs
    let centre = DoubleMatrix(rows: width, columns: 1, values: moments.answers)
    shift = zip((turn * centre).values, moments.features).map { factor * $0 - $1 }
    let axes = Matrix(rows: width, columns: width, values: turn.values.map(Float.init))
    self.outputs = outputs.mapped(by: axes, on: compute)
  }

  /// Q, `[C, C]`, and the sum of the singular values of M; nil where there is none.
  private static func turn(_ across: DoubleMatrix) -> (DoubleMatrix, Double)? {
    guard let greatest = (across.transposed * across).symmetricEigen()?.values.last, greatest > 0
    else { return nil }
    var steady = across
    for index in 0..<steady.rows { steady[index, index] += floor * greatest.squareRoot() }
    guard let (squares, vectors) = (steady.transposed * steady).symmetricEigen(),
      squares.allSatisfy({ $0 > 0 })
    else { return nil }
    let roots = squares.map { $0.squareRoot() }
    let turn =
      vectors.transposed * DoubleMatrix(diagonal: roots.map { 1 / $0 }) * vectors
      * steady.transposed
    // One step towards the nearest orthogonal matrix, Q (3 I - Q^T Q) / 2, takes away what the roots have lost.
    var rest = (turn.transposed * turn).scaled(by: -0.5)
    for index in 0..<rest.rows { rest[index, index] += 1.5 }
    guard rest.isIdentity(within: 1e-2) else { return nil }
    return (turn * rest, roots.reduce(0, +))
  }

  /// Moves the student's vectors.
  public func fill(_ student: BertModel, _ weights: ParameterSet) {
    let bias = student.lastShift
    weights[bias].assign(
      zip(weights[bias].values(), shift).map { Float(Double($0) + $1) })
  }
}

extension DoubleMatrix {
  /// Whether no element is further than `distance` from the identity's.
  fileprivate func isIdentity(within distance: Double) -> Bool {
    values.indices.allSatisfy { abs(values[$0] - ($0 % (columns + 1) == 0 ? 1 : 0)) <= distance }
  }
}
