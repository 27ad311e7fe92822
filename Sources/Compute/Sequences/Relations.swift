internal import CKernels

/// Divergences among the tokens of sequences: of what each of them attends to, and of how they are
/// related.
extension ComputeContext {
  /// The divergence of self-attention relations (Wang and others 2021, "MiniLMv2", equation 4): the sum
  /// over relation heads and rows of KL(softmax(T T^T / sqrt(d_T)) || softmax(S S^T / sqrt(d_S))), S and
  /// T being a head's share of d channels of the rows of one sequence.
  ///
  /// Widths may differ, the heads are those of the relations and need be neither's own. It is computed
  /// in fp32 whatever the context's precision.
  ///
  /// - Parameters:
  ///   - student: queries, keys or values, `[N, student's C]`.
  ///   - teacher: the same of the teacher, `[N, teacher's C]`.
  ///   - sequences: N rows in all.
  ///   - heads: how many relation heads share the channels of each.
  ///   - gradientScale: the loss's factor of the sum.
  ///   - gradient: `[N, student's C]`: gradientScale * d(sum)/d(student) is added.
  /// - Returns: the sum, added up in a fixed order.
  public func relationDivergence(
    _ student: Matrix, _ teacher: Matrix, sequences: SequenceOffsets, heads: Int,
    gradientScale: Float, addingGradientInto gradient: Matrix
  ) -> Double {
    precondition(
      heads > 0 && student.columns % heads == 0 && teacher.columns % heads == 0,
      "\(heads) relation heads of \(student.columns) and \(teacher.columns) channels")
    precondition(
      student.rows == sequences.tokens && teacher.rows == sequences.tokens
        && gradient.hasShape(of: student), "relations of \(student.rows) and \(teacher.rows) rows")
    let (own, other) = (student.columns / heads, teacher.columns / heads)
    noteRelations(sequences, heads: heads, widths: (own, other))
    reserveScratch(ck_relation_scratch(sequences.longest, own, other))
    return sum(over: sequences, heads: heads) { sequence, head, thread in
      let rows = sequences.rows(of: sequence)
      var relation = unsafe ck_relation(
        length: rows.count, student: student.row(rows.lowerBound) + head * own,
        student_ld: student.stride, student_width: own,
        teacher: teacher.row(rows.lowerBound) + head * other, teacher_ld: teacher.stride,
        teacher_width: other)
      return unsafe ck_relation_divergence(
        &relation, gradientScale, gradient.row(rows.lowerBound) + head * own, gradient.stride,
        scratch(of: thread))
    }
  }

  /// The divergence of attention: the sum over heads and queries of KL(softmax(T) || softmax(S)).
  ///
  /// - Parameters:
  ///   - student: raw scores, `[1, heads * sum length^2]`, as attention lays them out.
  ///   - teacher: the teacher's, the same size.
  ///   - sequences: the sequences.
  ///   - heads: of both.
  ///   - gradientScale: the loss's factor of the sum.
  ///   - gradient: the same size: gradientScale * d(sum)/d(student) is added.
  /// - Returns: the sum, added up in a fixed order.
  public func attentionDivergence(
    _ student: Matrix, _ teacher: Matrix, sequences: SequenceOffsets, heads: Int,
    gradientScale: Float, addingGradientInto gradient: Matrix
  ) -> Double {
    precondition(
      student.hasShape(rows: 1, columns: heads * sequences.squaredTotal)
        && teacher.hasShape(of: student) && gradient.hasShape(of: student),
      "\(student.columns) and \(teacher.columns) floats for the score blocks of \(heads) heads")
    return sum(over: sequences, heads: heads) { sequence, head, _ in
      let length = sequences.length(of: sequence)
      let first = heads * sequences.squared[sequence] + head * length * length
      var sum = 0.0
      for query in 0..<length {
        let place = first + query * length
        unsafe sum += ck_divergence(
          length, student.base + place, teacher.base + place, gradientScale, gradient.base + place)
      }
      return sum
    }
  }

  /// Sums `body`'s results over the heads of all sequences, in an order that their lengths alone decide.
  private func sum(
    over sequences: SequenceOffsets, heads: Int,
    _ body: (_ sequence: Int, _ head: Int, _ thread: Int) -> Double
  ) -> Double {
    var sums = [Double](repeating: 0, count: sequences.count * heads)
    let items = sums.count
    unsafe sums.withUnsafeMutableBufferPointer { buffer in
      guard let sums = buffer.baseAddress else { return }
      parallel(items) { item, thread in
        unsafe sums[item] = body(sequences.byLength[item / heads], item % heads, thread)
      }
    }
    return sums.reduce(0, +)
  }

  /// Notes the products of relations: scores of either side, and the way back.
  private func noteRelations(
    _ sequences: SequenceOffsets, heads: Int, widths: (own: Int, other: Int)
  ) {
    guard productRecord != nil else { return }
    for length in sequences.lengths {
      productRecord?.add(
        .init(.attention, m: length, k: widths.own, n: length), count: 2 * heads)
      productRecord?.add(.init(.attention, m: length, k: widths.other, n: length), count: heads)
    }
  }
}
