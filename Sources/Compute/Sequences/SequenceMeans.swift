internal import CKernels

extension ComputeContext {
  /// y[s] = the mean of the rows of x that belong to sequence s.
  ///
  /// - Parameters:
  ///   - x: `[N, C]`.
  ///   - sequences: B sequences of the N rows.
  ///   - y: `[B, C]`.
  public func sequenceMeans(_ x: Matrix, _ sequences: SequenceOffsets, into y: Matrix) {
    check(x, sequences, y)
    y.fill(0)
    parallel(sequences.count) { sequence in
      let mean = unsafe y.row(sequence)
      for row in sequences.rows(of: sequence) { unsafe ck_add(x.columns, 1, x.row(row), mean) }
      unsafe ck_scale(x.columns, 1 / Float(sequences.length(of: sequence)), mean)
    }
  }

  /// dx[row of sequence s] = dy[s] / length of s.
  ///
  /// - Parameters:
  ///   - dy: `[B, C]`.
  ///   - sequences: B sequences of N rows.
  ///   - dx: `[N, C]`, overwritten.
  public func sequenceMeansBackward(_ dy: Matrix, _ sequences: SequenceOffsets, into dx: Matrix) {
    check(dx, sequences, dy)
    dx.fill(0)
    parallel(sequences.count) { sequence in
      let share = 1 / Float(sequences.length(of: sequence))
      for row in sequences.rows(of: sequence) {
        unsafe ck_add(dx.columns, share, dy.row(sequence), dx.row(row))
      }
    }
  }

  private func check(_ rows: Matrix, _ sequences: SequenceOffsets, _ means: Matrix) {
    precondition(
      rows.rows == sequences.tokens && means.hasShape(rows: sequences.count, columns: rows.columns),
      "means \(means.rows) x \(means.columns) of \(rows.rows) rows in \(sequences.count) sequences")
  }
}
