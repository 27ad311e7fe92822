import Compute

/// A product of two vectors of d numbers, u^T v, that is made of r of them: u'^T v' with u' = A u and v' = B v.
///
/// Given E[u u^T] = G and E[v v^T] = K, the matrix R = A^T B of rank r that is nearest, in that it makes
/// E |u^T v - u^T R v|^2 the least over independent u and v, is G^-1/2 (G^1/2 K^1/2)_r K^-1/2, where ( )_r keeps
/// the r largest singular values (Eckart and Young 1936). With the eigenvectors U and eigenvalues S^2 of
/// G^1/2 K G^1/2 it is A = S_r^1/2 U_r^T G^-1/2 and B = S_r^-1/2 U_r^T G^1/2.
struct RankReduction {
  /// The factor of u: A, `[r, d]`.
  let left: DoubleMatrix
  /// The factor of v: B, `[r, d]`.
  let right: DoubleMatrix

  /// Below this share of the largest eigenvalue a direction counts as one that never occurs.
  private static let floor = 1e-10

  /// Computes the reduction; nil where the numbers lie too far apart.
  ///
  /// - Parameters:
  ///   - first: G, `[d, d]`.
  ///   - second: K, `[d, d]`.
  ///   - rank: r, at most d.
  init?(_ first: DoubleMatrix, _ second: DoubleMatrix, rank: Int) {
    guard let (values, vectors) = first.symmetricEigen(), let largest = values.last, largest > 0
    else { return nil }
    let roots = values.map { max($0, largest * Self.floor).squareRoot() }
    let root = vectors.transposed * DoubleMatrix(diagonal: roots) * vectors
    let inverse = vectors.transposed * DoubleMatrix(diagonal: roots.map { 1 / $0 }) * vectors
    guard let (squares, axes) = (root * second * root).symmetricEigen(), let most = squares.last,
      most > 0
    else { return nil }
    let kept = axes.rows(axes.rows - rank..<axes.rows)
    let singular = squares.suffix(rank).map { max($0, most * Self.floor * Self.floor).squareRoot() }
    left = DoubleMatrix(diagonal: singular.map { $0.squareRoot() }) * kept * inverse
    right = DoubleMatrix(diagonal: singular.map { 1 / $0.squareRoot() }) * kept * root
  }
}
