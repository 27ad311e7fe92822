internal import CKernels

/// Losses of places in sequences: each column of the logits is a distribution over the tokens of a
/// sequence, where the losses of classes have one over the columns of a row.
extension ComputeContext {
  /// The cross-entropy of places: the sum over sequences and columns of
  /// -log softmax(z[tokens of the sequence, column])[place].
  ///
  /// - Parameters:
  ///   - z: logits, `[N, columns]`, a row a token.
  ///   - sequences: where the tokens of each sequence lie.
  ///   - places: `[B, columns]`, row-major: the right token, counted from the start of its sequence;
  ///     -100 leaves a column out.
  ///   - gradientScale: the loss's factor of the sum.
  ///   - dz: `[N, columns]`: gradientScale * (softmax(z) - onehot(place)) is added.
  /// - Returns: the sum, added up in a fixed order.
  public func placeCrossEntropy(
    _ z: Matrix, of sequences: SequenceOffsets, places: [Int32], gradientScale: Float,
    addingGradientInto dz: Matrix
  ) -> Double {
    precondition(
      z.hasShape(of: dz) && z.rows == sequences.tokens
        && places.count == sequences.count * z.columns,
      "\(places.count) places for \(z.rows) rows of \(sequences.count) sequences")
    return unsafe sumOverColumns([z], of: sequences, addingGradientInto: dz) { item, count, z, dz in
      let place = places[item]
      guard place != ignoredLabel else { return 0 }
      precondition(place >= 0 && place < count, "place \(place) of \(count) tokens")
      return unsafe ck_cross_entropy(count, z[0], Int(place), gradientScale, dz)
    }
  }

  /// The soft cross-entropy of places: the sum over sequences and columns of
  /// -sum_tokens softmax(t / T) log softmax(z / T).
  ///
  /// - Parameters:
  ///   - z: the student's logits, `[N, columns]`, a row a token.
  ///   - t: the teacher's, the same shape.
  ///   - sequences: where the tokens of each sequence lie.
  ///   - temperature: T.
  ///   - gradientScale: the loss's factor of the sum.
  ///   - dz: `[N, columns]`: gradientScale * (softmax(z / T) - softmax(t / T)) / T is added.
  /// - Returns: the sum, added up in a fixed order.
  public func softPlaceCrossEntropy(
    student z: Matrix, teacher t: Matrix, of sequences: SequenceOffsets, temperature: Float,
    gradientScale: Float, addingGradientInto dz: Matrix
  ) -> Double {
    precondition(
      z.hasShape(of: t) && z.hasShape(of: dz) && z.rows == sequences.tokens,
      "logits' shapes differ")
    let inverse = 1 / temperature
    return unsafe sumOverColumns([z, t], of: sequences, addingGradientInto: dz) {
      _, count, logits, dz in
      unsafe ck_soft_cross_entropy(
        count, logits[0], logits[1], inverse, gradientScale * inverse, dz)
    }
  }

  /// Hands over every column of every sequence, `item` by `item` of `[B, columns]`, with its elements
  /// one after the other as the kernels want them, and gradients of 0, which are added to `dz`.
  private func sumOverColumns(
    _ inputs: [Matrix], of sequences: SequenceOffsets, addingGradientInto dz: Matrix,
    _ body: (
      _ item: Int, _ count: Int, _ inputs: [UnsafePointer<Float>],
      _ gradient: UnsafeMutablePointer<Float>
    ) -> Double
  ) -> Double {
    let (columns, longest) = (dz.columns, sequences.longest)
    reserveScratch((inputs.count + 1) * longest)
    var sums = [Double](repeating: 0, count: sequences.count * columns)
    let items = sums.count
    unsafe sums.withUnsafeMutableBufferPointer { buffer in
      guard let sums = buffer.baseAddress else { return }
      parallel(items) { item, thread in
        let rows = sequences.rows(of: item / columns)
        let column = item % columns
        let memory = unsafe scratch(of: thread)
        for (number, input) in inputs.enumerated() {
          let target = unsafe memory + number * longest
          for (place, row) in rows.enumerated() { unsafe target[place] = input.row(row)[column] }
        }
        let gradient = unsafe memory + inputs.count * longest
        unsafe gradient.update(repeating: 0, count: rows.count)
        unsafe sums[item] = body(
          item, rows.count, inputs.indices.map { unsafe UnsafePointer(memory + $0 * longest) },
          gradient)
        for (place, row) in rows.enumerated() { unsafe dz.row(row)[column] += gradient[place] }
      }
    }
    return sums.reduce(0, +)
  }
}
