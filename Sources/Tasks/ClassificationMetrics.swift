/// Measures of classifications, with the conventions of scikit-learn.
enum ClassificationMetrics {
  /// Share of predictions that are right; NaN of nothing.
  static func accuracy(_ predictions: [Int32], _ labels: [Int32]) -> Double {
    check(predictions, labels)
    let right = zip(predictions, labels).count { $0 == $1 }
    return Double(right) / Double(labels.count)
  }

  /// Harmonic mean of precision and recall of one class; 0 where it is undefined.
  static func f1(
    _ predictions: [Int32], _ labels: [Int32], positive: Int32 = 1
  ) -> Double {
    check(predictions, labels)
    let hits = zip(predictions, labels).count { $0 == positive && $1 == positive }
    let predicted = predictions.count { $0 == positive }
    let actual = labels.count { $0 == positive }
    return predicted + actual == 0 ? 0 : Double(2 * hits) / Double(predicted + actual)
  }

  /// Means of the F1 of each class that is predicted or right for some row: over the classes, over the
  /// rows taken together, and over the classes in proportion to the rows of each; NaN of nothing.
  static func meanF1(_ predictions: [Int32], _ labels: [Int32]) -> (
    macro: Double, micro: Double, weighted: Double
  ) {
    check(predictions, labels)
    var counts: [Int32: (hits: Int, predicted: Int, actual: Int)] = [:]
    for (prediction, label) in zip(predictions, labels) {
      counts[prediction, default: (0, 0, 0)].predicted += 1
      counts[label, default: (0, 0, 0)].actual += 1
      if prediction == label { counts[label, default: (0, 0, 0)].hits += 1 }
    }
    var (sum, weighted, hits) = (0.0, 0.0, 0)
    for (_, count) in counts.sorted(by: { $0.key < $1.key }) {
      let f1 = Double(2 * count.hits) / Double(count.predicted + count.actual)
      sum += f1
      weighted += f1 * Double(count.actual)
      hits += count.hits
    }
    let rows = Double(labels.count)
    return (sum / Double(counts.count), Double(hits) / rows, weighted / rows)
  }

  /// Matthews correlation of any number of classes (Gorodkin's R_K); 0 where it is undefined.
  static func matthews(_ predictions: [Int32], _ labels: [Int32]) -> Double {
    check(predictions, labels)
    var predicted: [Int32: Double] = [:]
    var actual: [Int32: Double] = [:]
    for prediction in predictions { predicted[prediction, default: 0] += 1 }
    for label in labels { actual[label, default: 0] += 1 }
    let samples = Double(labels.count)
    let right = Double(zip(predictions, labels).count { $0 == $1 })
    // Counts are integers far below 2^53 / samples: sums are exact in any order.
    let agreement = predicted.reduce(0) { $0 + $1.value * (actual[$1.key] ?? 0) }
    let predictedSquares = predicted.reduce(0) { $0 + $1.value * $1.value }
    let actualSquares = actual.reduce(0) { $0 + $1.value * $1.value }
    let denominator =
      (samples * samples - predictedSquares).squareRoot()
      * (samples * samples - actualSquares).squareRoot()
    return denominator == 0 ? 0 : (right * samples - agreement) / denominator
  }

  private static func check(_ predictions: [Int32], _ labels: [Int32]) {
    precondition(
      predictions.count == labels.count,
      "\(predictions.count) predictions for \(labels.count) labels")
  }
}
