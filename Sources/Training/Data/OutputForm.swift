import Compute

/// What is kept of a model's rows of logits.
public enum OutputForm: Sendable {
  /// All of them.
  case logits
  /// Two numbers of each row, where there are too many columns to keep them all, such as those of a
  /// vocabulary: -log softmax(z)[class], 0 where the class is not known; and the column with the
  /// greatest logit, the first of equals.
  case lossAndAnswer

  /// Whether an example's classes must be outputs of the model.
  var readsClasses: Bool {
    switch self {
    case .logits: false
    case .lossAndAnswer: true
    }
  }

  /// Numbers of a row that are kept of `columns`.
  func columns(of columns: Int) -> Int {
    switch self {
    case .logits: columns
    case .lossAndAnswer: 2
    }
  }

  /// What is kept of rows.
  ///
  /// - Parameters:
  ///   - logits: `[rows, columns]`.
  ///   - classes: what is right for each row; negative where that is not known.
  ///   - context: where the arithmetic runs.
  /// - Returns: the numbers, row-major; NaN where a row's logits are not finite.
  func kept(_ logits: Matrix, classes: [Int32], on context: ComputeContext) -> [Float] {
    guard self == .lossAndAnswer else { return logits.values() }
    precondition(classes.count == logits.rows, "\(classes.count) classes of \(logits.rows) rows")
    let answers = context.topEntries(of: logits, count: 1)
    return classes.indices.flatMap { row -> [Float] in
      let row = (number: row, logits: logits.rows(row..<row + 1))
      guard let answer = answers[row.number].first, row.logits.values().allSatisfy(\.isFinite)
      else { return [.nan, .nan] }
      let label = classes[row.number] < 0 ? ignoredLabel : classes[row.number]
      let loss = context.crossEntropy(
        row.logits, labels: [label], gradientScale: 0, addingGradientInto: nil)
      return [Float(loss), Float(answer)]
    }
  }
}
