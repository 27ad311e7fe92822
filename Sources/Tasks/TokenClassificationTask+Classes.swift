import Training

/// Scores of tags that are classes of words, such as parts of speech.
extension TokenClassificationTask {
  /// Accuracy, and the mean F1 of the classes, over all words whose tag is known.
  func classScores(of outputs: Outputs, on rows: TaskRows) -> [Double] {
    let pairs = knownWords(outputs, of: rows).flatMap(\.self)
    let (predicted, known) = (pairs.map(\.predicted), pairs.map(\.known))
    return [
      ClassificationMetrics.accuracy(predicted, known),
      ClassificationMetrics.meanF1(predicted, known).macro,
    ]
  }

  /// The share of the most frequent class.
  func classBaseline(on rows: TaskRows, labels: [String]) -> (score: Double, name: String) {
    var counts = [Int](repeating: 0, count: labels.count)
    for index in 0..<rows.examples.count {
      for label in Self.classes(rows, index) where label >= 0 { counts[Int(label)] += 1 }
    }
    let most = counts.indices.max { counts[$0] < counts[$1] } ?? 0
    return (
      Double(counts[most]) / Double(max(counts.reduce(0, +), 1)),
      "the tag '\(labels[most])' for every word"
    )
  }

  /// The share of right words of the rows drawn.
  func classChiefScore(of outputs: Outputs, on rows: TaskRows) -> ([Int]) -> Double {
    let counts = knownWords(outputs, of: rows).map { words in
      (right: words.count { $0.predicted == $0.known }, all: words.count)
    }
    return { drawn in
      let right = drawn.reduce(0) { $0 + counts[$1].right }
      return Double(right) / Double(max(drawn.reduce(0) { $0 + counts[$1].all }, 1))
    }
  }

  /// The predicted and the right class of each word whose tag is known, by row.
  private func knownWords(
    _ outputs: Outputs, of rows: TaskRows
  ) -> [[(predicted: Int32, known: Int32)]] {
    words(outputs, of: rows).map { predicted, known in
      zip(predicted, known).filter { $1 >= 0 }.map { (predicted: $0, known: $1) }
    }
  }
}
