public import Compute
public import Training
public import Transformer

/// The last layer of a new head, fitted to a teacher's logits before the first step.
///
/// Logits are `y = K z + c` of what the last layer reads, z, `[C]`. Over a sample of n rows, with S their covariances, K and
/// c are those of ridge regression (Hoerl and Kennard 1970) on the teacher's y:
///
///     K = S_yz (S_zz + D + r I)^-1,   c = mean(y) - K mean(z),   r = trace(S_zz) / 4n,
///     D = p / (1 - p) diag(E z_j^2)
///
/// with r what a normal prior of K asks for where z can say four fifths of the variance of y, and D what dropout of z
/// with probability p adds to the squared error (Wager, Wang and Liang 2013). A head that is drawn instead first pulls the layers below out of the place that the intermediate phase brought them to (Kumar et al. 2022,
/// who fit the head alone before they train the whole).
public struct HeadFit {
  /// K, `[k, C]`.
  let weight: DoubleMatrix
  /// c, `[k]`.
  let bias: [Double]
  /// How many rows it was fitted to.
  public let count: Int
  /// The share of the variance of the teacher's logits over them that it says.
  public let share: Double

  /// Fits the last layer of a student as it stands.
  ///
  /// Gives nil where the head has no such layer, where nothing is answered, and where the numbers lie too far apart.
  ///
  /// - Parameters:
  ///   - student: the student.
  ///   - weights: its weights.
  ///   - teacher: the logits that it is to give.
  ///   - examples: the rows that it is going to learn from, of which some are read that are spread evenly over them.
  ///   - compute: where the arithmetic runs.
  /// - Throws: what the teacher and the source throw.
  public init?(
    _ student: BertModel, _ weights: ParameterSet, to teacher: TeacherLogits,
    on examples: any ExampleSource, computing compute: ComputeContext
  ) throws {
    guard let layer = student.lastLayer,
      let moments = try PairedMoments(
        student, weights, channels: layer.weight.columns, teacher, on: examples,
        computing: compute)
    else { return nil }
    let (within, across, features) = (moments.withinFeatures, moments.across, moments.features)
    let ridge = moments.featureVariance / (4 * Double(moments.count))
    let dropped = layer.dropout / (1 - layer.dropout)
    var held = within
    for channel in features.indices {
      let square = within[channel, channel] + features[channel] * features[channel]
      held[channel, channel] += dropped * square + ridge
    }
    guard ridge > 0, moments.answerVariance > 0, let (values, vectors) = held.symmetricEigen()
    else { return nil }
    let inverse = DoubleMatrix(diagonal: values.map { 1 / max($0, ridge) })
    let weight = across * vectors.transposed * inverse * vectors
    bias = moments.answers.enumerated().map { column, answer in
      features.enumerated().reduce(answer) { $0 - weight[column, $1.offset] * $1.element }
    }
    // What is left: E |y - K z - c|^2 = trace(S_yy - 2 K S_zy + K S_zz K^T).
    let said = weight * within
    let left = weight.values.indices.reduce(moments.answerVariance) {
      $0 + weight.values[$1] * (said.values[$1] - 2 * across.values[$1])
    }
    share = 1 - left / moments.answerVariance
    count = moments.count
    self.weight = weight
    guard weight.values.allSatisfy(\.isFinite), bias.allSatisfy(\.isFinite) else { return nil }
  }

  /// Writes the layer.
  public func fill(_ student: BertModel, _ weights: ParameterSet) {
    guard let layer = student.lastLayer else { return }
    weights[layer.weight].assign(weight.values.map(Float.init))
    weights[layer.bias].assign(bias.map(Float.init))
  }
}
