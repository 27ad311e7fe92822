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
/// (where the softmax of y counts, y is taken about its own mean, which changes no probability)
/// with r what a normal prior of K asks for where z can say four fifths of the variance of y, and D what dropout of z
/// with probability p adds to the squared error (Wager, Wang and Liang 2013). A head that is drawn instead first
/// pulls the layers below out of the place that the intermediate phase brought them to (Kumar et al. 2022,
/// who fit the head alone before they train the whole).
///
/// A layer before it, a pooler's for one, that was drawn for a narrow student makes z so small that K would be huge, and
/// every step of that layer be felt many times over: its weights grow first, until the root mean square of z is about
/// ``size``.
public struct HeadFit {
  /// The root mean square of z that is large enough.
  static let size = 0.4

  /// K, `[k, C]`.
  let weight: DoubleMatrix
  /// c, `[k]`.
  let bias: [Double]
  /// How many rows it was fitted to.
  public let count: Int
  /// The share of the variance of the teacher's logits over them that it says.
  public let share: Double

  /// Writes the head of a student whose encoder stands.
  ///
  /// - Parameters:
  ///   - student: the student.
  ///   - weights: its weights; the head's are changed.
  ///   - teacher: the logits that it is to give.
  ///   - loss: what compares them.
  ///   - examples: the rows that it is going to learn from, of which some are read that are spread evenly over them.
  ///   - compute: where the arithmetic runs.
  /// - Returns: nil, and nothing is changed, where the head has no such layer, where nothing is answered, and where the
  ///   numbers lie too far apart.
  /// - Throws: what the teacher and the source throw.
  public static func fill(
    _ student: BertModel, _ weights: ParameterSet, to teacher: TeacherLogits,
    by loss: any AnswerLoss, on examples: any ExampleSource, computing compute: ComputeContext
  ) throws -> HeadFit? {
    guard let layer = student.lastLayer else { return nil }
    func look() throws -> PairedMoments? {
      try PairedMoments(
        student, weights, channels: layer.weight.columns, teacher,
        isCentred: loss is SoftCrossEntropy, on: examples, computing: compute)
    }
    guard var moments = try look() else { return nil }
    let before = student.firstHeadLayer.map { ($0, weights[$0].values()) }
    if !before.isEmpty, moments.featureSize > 0, moments.featureSize < size {
      for (parameter, values) in before {
        weights[parameter].assign(
          values.map { Float(Double($0) * size / moments.featureSize) })
      }
      if let grown = try look() { moments = grown }
    }
    guard let fit = HeadFit(moments, dropout: layer.dropout) else {
      for (parameter, values) in before { weights[parameter].assign(values) }
      return nil
    }
    weights[layer.weight].assign(fit.weight.values.map(Float.init))
    weights[layer.bias].assign(fit.bias.map(Float.init))
    return fit
  }

  /// Solves for K and c; nil where the numbers lie too far apart.
  private init?(_ moments: PairedMoments, dropout: Double) {
    let (within, across, features) = (moments.withinFeatures, moments.across, moments.features)
    let ridge = moments.featureVariance / (4 * Double(moments.count))
    let dropped = dropout / (1 - dropout)
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
}
