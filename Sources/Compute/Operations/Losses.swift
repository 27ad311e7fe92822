internal import CKernels

extension ComputeContext {
  /// The sum of (a - b)^2; da += gradientScale * (a - b).
  ///
  /// - Parameters:
  ///   - a: any shape.
  ///   - b: the same shape.
  ///   - gradientScale: twice the loss's factor of the sum.
  ///   - da: the same shape, added to; nil if no gradient is wanted.
  /// - Returns: the sum, added up in a fixed order.
  public func squaredDifference(
    _ a: Matrix, _ b: Matrix, gradientScale: Float, addingGradientInto da: Matrix?
  ) -> Double {
    sumOverRuns(da.map { [a, b, $0] } ?? [a, b]) { row, column, count in
      unsafe ck_squared_difference(
        count, a.row(row) + column, b.row(row) + column, gradientScale,
        da.map { unsafe $0.row(row) + column }, .nowhere)
    }
  }

  /// The sum of (a' - b')^2, where what is at or below `cutoff` counts as 0 in either; da +=
  /// gradientScale * (a' - b') where a counts as it is.
  ///
  /// - Parameters:
  ///   - a: any shape.
  ///   - b: the same shape.
  ///   - cutoff: negative.
  ///   - gradientScale: twice the loss's factor of the sum.
  ///   - da: the same shape, added to.
  /// - Returns: the sum, added up in a fixed order.
  public func squaredDifference(
    _ a: Matrix, _ b: Matrix, cutoff: Float, gradientScale: Float, addingGradientInto da: Matrix
  ) -> Double {
    precondition(cutoff < 0, "a cutoff of \(cutoff)")
    return sumOverRuns([a, b, da]) { row, column, count in
      unsafe ck_cut_squared_difference(
        count, a.row(row) + column, b.row(row) + column, cutoff, gradientScale,
        da.row(row) + column)
    }
  }

  /// The sum of (a - b)^2; gradient = gradientScale * (a - b).
  ///
  /// - Parameters:
  ///   - a: `[N, C]`, contiguous like what follows.
  ///   - b: `[N, C]`.
  ///   - gradientScale: twice the loss's factor of the sum.
  ///   - gradient: `[N, C]`, overwritten.
  /// - Returns: the sum, added up in a fixed order.
  public func squaredDifference(
    _ a: Matrix, _ b: Matrix, gradientScale: Float, gradient: Operand
  ) -> Double {
    precondition(gradient.hasShape(of: a), "a gradient of another shape")
    return sumOverRuns([a, b]) { row, column, count in
      unsafe ck_squared_difference(
        count, a.row(row) + column, b.row(row) + column, gradientScale, nil,
        gradient.target(row, column))
    }
  }

  /// The soft cross-entropy of a student and a teacher (Hinton, Vinyals and Dean 2015):
  /// the sum over rows of -sum_c softmax(t / T)_c log softmax(z / T)_c.
  ///
  /// - Parameters:
  ///   - z: the student's logits, `[N, classes]`.
  ///   - t: the teacher's, the same shape.
  ///   - temperature: T.
  ///   - gradientScale: the loss's factor of the sum.
  ///   - dz: `[N, classes]`: gradientScale * (softmax(z / T) - softmax(t / T)) / T is added.
  /// - Returns: the sum, added up in a fixed order.
  public func softCrossEntropy(
    student z: Matrix, teacher t: Matrix, temperature: Float, gradientScale: Float,
    addingGradientInto dz: Matrix
  ) -> Double {
    precondition(z.hasShape(of: t) && z.hasShape(of: dz) && z.columns > 0, "logits' shapes differ")
    let inverse = 1 / temperature
    return parallelSum(z.rows, by: rowsPerTile(z.columns)) { rows in
      var sum = 0.0
      for row in rows {
        unsafe sum += ck_soft_cross_entropy(
          z.columns, z.row(row), t.row(row), inverse, gradientScale * inverse, dz.row(row))
      }
      return sum
    }
  }

  /// The sum over rows of -log softmax(z)_label.
  ///
  /// - Parameters:
  ///   - z: logits, `[N, classes]`.
  ///   - labels: per row; -100 leaves the row out.
  ///   - gradientScale: the loss's factor of the sum.
  ///   - dz: `[N, classes]`: gradientScale * (softmax(z) - onehot(label)) is added; or nil.
  /// - Returns: the sum, added up in a fixed order.
  public func crossEntropy(
    _ z: Matrix, labels: [Int32], gradientScale: Float, addingGradientInto dz: Matrix?
  ) -> Double {
    precondition(
      labels.count == z.rows && z.columns > 0 && dz?.hasShape(of: z) ?? true,
      "\(labels.count) labels for \(z.rows) rows")
    for label in labels {
      precondition(
        label == ignoredLabel || label >= 0 && label < z.columns,
        "label \(label) of \(z.columns) classes")
    }
    return parallelSum(z.rows, by: rowsPerTile(z.columns)) { rows in
      var sum = 0.0
      for row in rows where labels[row] != ignoredLabel {
        unsafe sum += ck_cross_entropy(
          z.columns, z.row(row), Int(labels[row]), gradientScale, dz?.row(row))
      }
      return sum
    }
  }

  /// The binary cross-entropy of labels that apply each by itself: the sum over rows and labels of
  /// -y log s(z) - (1 - y) log(1 - s(z)), s(z) = 1 / (1 + exp(-z)), y = 1 for a label that applies.
  ///
  /// - Parameters:
  ///   - z: logits, `[N, labels]`.
  ///   - labels: per row those that apply, each once; nil leaves the row out.
  ///   - gradientScale: the loss's factor of the sum.
  ///   - dz: `[N, labels]`: gradientScale * (s(z) - y) is added.
  /// - Returns: the sum, added up in a fixed order.
  public func binaryCrossEntropy(
    _ z: Matrix, labels: [[Int32]?], gradientScale: Float, addingGradientInto dz: Matrix
  ) -> Double {
    precondition(labels.count == z.rows && dz.hasShape(of: z), "\(labels.count) of \(z.rows) rows")
    for row in labels {
      precondition(
        row?.allSatisfy { $0 >= 0 && $0 < z.columns } ?? true, "a label of \(z.columns) labels")
    }
    return parallelSum(z.rows, by: rowsPerTile(z.columns)) { rows in
      var sum = 0.0
      for row in rows {
        guard let known = labels[row] else { continue }
        unsafe sum += ck_binary_cross_entropy(
          z.columns, z.row(row), known.count, known, gradientScale, dz.row(row))
      }
      return sum
    }
  }

  /// The binary cross-entropy of a student and a teacher: the sum over rows and labels of
  /// -p log q - (1 - p) log(1 - q), p = s(t / T), q = s(z / T), s(x) = 1 / (1 + exp(-x)).
  ///
  /// - Parameters:
  ///   - z: the student's logits, `[N, labels]`.
  ///   - t: the teacher's, the same shape.
  ///   - temperature: T.
  ///   - gradientScale: the loss's factor of the sum.
  ///   - dz: `[N, labels]`: gradientScale * (q - p) / T is added.
  /// - Returns: the sum, added up in a fixed order.
  public func softBinaryCrossEntropy(
    student z: Matrix, teacher t: Matrix, temperature: Float, gradientScale: Float,
    addingGradientInto dz: Matrix
  ) -> Double {
    precondition(z.hasShape(of: t) && z.hasShape(of: dz), "logits' shapes differ")
    let inverse = 1 / temperature
    return parallelSum(z.rows, by: rowsPerTile(z.columns)) { rows in
      var sum = 0.0
      for row in rows {
        unsafe sum += ck_soft_binary_cross_entropy(
          z.columns, z.row(row), t.row(row), inverse, gradientScale * inverse, dz.row(row))
      }
      return sum
    }
  }
}

/// The label of a row that `crossEntropy` leaves out, as in PyTorch.
public let ignoredLabel: Int32 = -100
