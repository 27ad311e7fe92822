internal import COpenBLAS

/// The directions in which vectors differ most (Pearson 1901), computed in double precision by one
/// thread: the same vectors give the same bits.
public enum PrincipalAxes {
  /// Computes the first of them.
  ///
  /// An axis points to where its largest component is positive.
  ///
  /// - Parameters:
  ///   - vectors: `[N, C]`, row-major.
  ///   - width: C.
  ///   - count: how many axes, K, at most C.
  /// - Returns: The axes, `[K, C]`, of length 1, and the share of the vectors' variance that lies in
  ///   them; `nil` where the numbers are so far apart that the library finds none.
  public static func of(
    _ vectors: [Float], width: Int, count: Int
  ) -> (axes: [Float], share: Double)? {
    precondition(
      width > 0 && (1...width).contains(count) && vectors.count % width == 0,
      "\(count) axes of vectors of \(width)")
    return of(covariance: covariance(vectors, width: width), count: count)
  }

  /// Computes the first axes of vectors that are known by their covariance.
  ///
  /// - Parameters:
  ///   - covariance: `[C, C]`, or any multiple of it; the lower triangle is read.
  ///   - count: how many axes, K, at most C.
  /// - Returns: As above.
  public static func of(
    covariance: DoubleMatrix, count: Int
  ) -> (axes: [Float], share: Double)? {
    let width = covariance.rows
    guard let (values, vectors) = covariance.symmetricEigen() else { return nil }
    // Ascending: the last ones are wanted, the greatest first.
    var axes: [Float] = []
    axes.reserveCapacity(count * width)
    for axis in (width - count..<width).reversed() {
      let row = vectors.values[axis * width..<(axis + 1) * width]
      let largest = row.max { abs($0) < abs($1) } ?? 0
      axes += row.map { Float(largest < 0 ? -$0 : $0) }
    }
    let whole = values.reduce(0) { $0 + max($1, 0) }
    let kept = values.suffix(count).reduce(0) { $0 + max($1, 0) }
    return (axes, whole > 0 ? kept / whole : 1)
  }

  /// The sums of products of the vectors' distances from their mean, `[C, C]`, the upper triangle.
  private static func covariance(_ vectors: [Float], width: Int) -> DoubleMatrix {
    SingleThread.begin()
    let rows = vectors.count / width
    var mean = [Double](repeating: 0, count: width)
    for row in 0..<rows {
      for column in 0..<width { mean[column] += Double(vectors[row * width + column]) }
    }
    for column in 0..<width { mean[column] /= Double(max(rows, 1)) }
    var covariance = [Double](repeating: 0, count: width * width)
    for start in stride(from: 0, to: rows, by: 1024) {
      let end = min(start + 1024, rows)
      var block: [Double] = []
      block.reserveCapacity((end - start) * width)
      for row in start..<end {
        for column in 0..<width {
          block.append(Double(vectors[row * width + column]) - mean[column])
        }
      }
      unsafe cblas_dsyrk(
        CblasRowMajor, CblasLower, CblasTrans, Int32(width), Int32(end - start), 1, block,
        Int32(width), 1, &covariance, Int32(width))
    }
    return DoubleMatrix(rows: width, columns: width, values: covariance)
  }
}
