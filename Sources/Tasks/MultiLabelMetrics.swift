/// Measures of sets of labels, with the conventions of scikit-learn: what is undefined is 0.
struct MultiLabelMetrics {
  private let predictions: [Set<Int32>]
  private let labels: [Set<Int32>]
  private let labelCount: Int

  /// Compares the labels that were predicted for each row with those that apply.
  ///
  /// - Parameters:
  ///   - predictions: those predicted.
  ///   - labels: those that apply, of as many rows.
  ///   - labelCount: how many there are in all.
  init(_ predictions: [Set<Int32>], _ labels: [Set<Int32>], labelCount: Int) {
    precondition(
      predictions.count == labels.count, "\(predictions.count) predictions for \(labels.count) rows"
    )
    (self.predictions, self.labels, self.labelCount) = (predictions, labels, labelCount)
  }

  /// Share of rows whose labels are exactly those that apply; NaN of nothing.
  var accuracy: Double {
    Double(zip(predictions, labels).count { $0 == $1 }) / Double(labels.count)
  }

  /// F1 of all decisions about all labels taken together.
  var f1Micro: Double { counts.reduce(Counts(), +).f1 }

  /// The mean over the labels of each one's F1.
  var f1Macro: Double { counts.reduce(0) { $0 + $1.f1 } / Double(labelCount) }

  /// The mean over the rows of the F1 of each one's labels; NaN of nothing.
  var f1Samples: Double {
    zip(predictions, labels).reduce(0) { sum, row in
      sum
        + Counts(
          hits: row.0.intersection(row.1).count, predicted: row.0.count, actual: row.1.count
        ).f1
    } / Double(labels.count)
  }

  /// How often something is predicted, applies, and both.
  private struct Counts {
    var hits = 0
    var predicted = 0
    var actual = 0

    var f1: Double { predicted + actual == 0 ? 0 : Double(2 * hits) / Double(predicted + actual) }

    static func + (a: Counts, b: Counts) -> Counts {
      Counts(
        hits: a.hits + b.hits, predicted: a.predicted + b.predicted, actual: a.actual + b.actual)
    }
  }

  /// By label.
  private var counts: [Counts] {
    var counts = [Counts](repeating: Counts(), count: labelCount)
    for (predicted, actual) in zip(predictions, labels) {
      for label in predicted { counts[Int(label)].predicted += 1 }
      for label in actual { counts[Int(label)].actual += 1 }
      for label in predicted.intersection(actual) { counts[Int(label)].hits += 1 }
    }
    return counts
  }
}
