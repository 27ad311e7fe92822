internal import CKernels

extension ComputeContext {
  /// aggregate = scale * the sum over heads of the score blocks (scale 1 / heads gives their mean).
  ///
  /// - Parameters:
  ///   - scores: `[1, heads * sum length^2]`, as attention lays them out.
  ///   - sequences: the sequences.
  ///   - heads: the number of heads.
  ///   - scale: a factor.
  ///   - aggregate: `[1, sum length^2]`, overwritten.
  public func aggregateHeads(
    _ scores: Matrix, sequences: SequenceOffsets, heads: Int, scale: Float,
    into aggregate: Matrix
  ) {
    checkHeads(scores, aggregate, sequences, heads)
    parallel(sequences.count) { sequence in
      let area = sequences.area(of: sequence)
      let target = unsafe aggregate.base + sequences.squared[sequence]
      unsafe target.update(repeating: 0, count: area)
      for head in 0..<heads {
        unsafe ck_add(
          area, scale, scores.base + heads * sequences.squared[sequence] + head * area, target)
      }
    }
  }

  /// The backward pass of `aggregateHeads`: every head's block += scale * aggregate's.
  ///
  /// - Parameters:
  ///   - aggregate: `[1, sum length^2]`.
  ///   - sequences: the sequences.
  ///   - heads: the number of heads.
  ///   - scale: a factor.
  ///   - scores: `[1, heads * sum length^2]`, added to.
  public func spreadHeads(
    _ aggregate: Matrix, sequences: SequenceOffsets, heads: Int, scale: Float,
    addingInto scores: Matrix
  ) {
    checkHeads(scores, aggregate, sequences, heads)
    parallel(sequences.count) { sequence in
      let area = sequences.area(of: sequence)
      for head in 0..<heads {
        unsafe ck_add(
          area, scale, aggregate.base + sequences.squared[sequence],
          scores.base + heads * sequences.squared[sequence] + head * area)
      }
    }
  }

  private func checkHeads(
    _ scores: Matrix, _ aggregate: Matrix, _ sequences: SequenceOffsets, _ heads: Int
  ) {
    precondition(
      scores.isContiguous && aggregate.isContiguous
        && scores.count == heads * sequences.squaredTotal
        && aggregate.count == sequences.squaredTotal,
      "\(scores.count) and \(aggregate.count) floats for the score blocks of \(heads) heads")
  }
}
