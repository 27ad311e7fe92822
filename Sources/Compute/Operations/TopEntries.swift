internal import CKernels

extension ComputeContext {
  /// The places of the largest entries of every row.
  ///
  /// Descending, equal entries by ascending column; NaN is never taken, so that a row gives fewer than
  /// `count` where it has fewer numbers.
  ///
  /// - Parameters:
  ///   - x: `[N, C]`.
  ///   - count: how many of each row, at most.
  /// - Returns: for each of the N rows its columns, best first.
  public func topEntries(of x: Matrix, count: Int) -> [[Int]] {
    precondition(count > 0, "the largest \(count) entries of a row")
    let kept = min(count, x.columns)
    var columns = [Int32](repeating: 0, count: x.rows * kept)
    var found = [Int](repeating: 0, count: x.rows)
    reserveScratch(kept)
    let size = rowsPerTile(x.columns)
    unsafe columns.withUnsafeMutableBufferPointer { columns in
      unsafe found.withUnsafeMutableBufferPointer { found in
        guard let first = columns.baseAddress else { return }
        parallel((x.rows + size - 1) / size) { tile, thread in
          for row in tile * size..<min(x.rows, (tile + 1) * size) {
            unsafe found[row] = ck_top_entries(
              x.columns, x.row(row), kept, scratch(of: thread), first + row * kept)
          }
        }
      }
    }
    return found.indices.map { row in
      columns[row * kept..<row * kept + found[row]].map { Int($0) }
    }
  }
}
