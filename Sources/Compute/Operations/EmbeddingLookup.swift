internal import CKernels

extension ComputeContext {
  /// y[r] = word[ids[r]] + position[positions[r]] + type[types[r]].
  ///
  /// - Parameters:
  ///   - word: `[vocabulary, C]`.
  ///   - position: `[maximum positions, C]`.
  ///   - type: `[types, C]`; nil adds nothing.
  ///   - ids: per row.
  ///   - positions: per row.
  ///   - types: per row.
  ///   - y: `[N, C]`, overwritten.
  public func gatherEmbeddings(
    word: Matrix, position: Matrix, type: Matrix?, ids: [Int32], positions: [Int32],
    types: [Int32], into y: Matrix
  ) {
    precondition(
      ids.count == y.rows && positions.count == y.rows && types.count == y.rows,
      "an id, a position and a type for each of \(y.rows) rows")
    precondition(
      word.columns == y.columns && position.columns == y.columns
        && type?.columns ?? y.columns == y.columns,
      "embeddings of \(y.columns) columns")
    checkRows(ids, of: word)
    checkRows(positions, of: position)
    if let type { checkRows(types, of: type) }
    parallel(y.rows, by: rowsPerTile(y.columns)) { rows in
      for row in rows {
        let target = unsafe y.row(row)
        unsafe target.update(from: word.row(Int(ids[row])), count: y.columns)
        unsafe ck_add(y.columns, 1, position.row(Int(positions[row])), target)
        if let type { unsafe ck_add(y.columns, 1, type.row(Int(types[row])), target) }
      }
    }
  }

  /// table[rows[r]] += dy[r], for r in order, but for the row of the table that is left out.
  public func scatterAdd(
    _ dy: Matrix, rows: [Int32], into table: Matrix, leavingOut left: Int32? = nil
  ) {
    precondition(
      rows.count == dy.rows && dy.columns == table.columns,
      "adding \(dy.rows) x \(dy.columns) to rows of \(table.rows) x \(table.columns)")
    checkRows(rows, of: table)
    // Columns are shared out, not rows: no two tiles meet, and each adds in the order of the rows.
    parallel(dy.columns, by: 64) { columns in
      for (row, target) in rows.enumerated() where target != left {
        unsafe ck_add(
          columns.count, 1, dy.row(row) + columns.lowerBound,
          table.row(Int(target)) + columns.lowerBound)
      }
    }
  }

  /// y[r] = x[rows[r]].
  public func gatherRows(_ x: Matrix, rows: [Int32], into y: Matrix) {
    precondition(
      rows.count == y.rows && x.columns == y.columns,
      "gathering \(rows.count) rows of \(x.columns) into \(y.rows) x \(y.columns)")
    checkRows(rows, of: x)
    parallel(y.rows, by: rowsPerTile(y.columns)) { range in
      for row in range { unsafe y.row(row).update(from: x.row(Int(rows[row])), count: y.columns) }
    }
  }

  /// table[rows[r]] = 0; the rows are distinct.
  public func clearRows(_ table: Matrix, rows: [Int32]) {
    checkRows(rows, of: table)
    parallel(rows.count, by: rowsPerTile(table.columns)) { range in
      for place in range {
        unsafe table.row(Int(rows[place])).update(repeating: 0, count: table.columns)
      }
    }
  }

  /// x = 0.
  public func clear(_ x: Matrix) {
    forEachRun([x]) { row, column, count in
      unsafe (x.row(row) + column).update(repeating: 0, count: count)
    }
  }

  /// The sum of the squares of some rows, added in the order given.
  public func sumOfSquares(_ table: Matrix, rows: [Int32]) -> Double {
    checkRows(rows, of: table)
    return parallelSum(rows.count, by: rowsPerTile(table.columns)) { range in
      range.reduce(0) { sum, place in
        unsafe sum + ck_sum_of_squares(table.columns, table.row(Int(rows[place])))
      }
    }
  }

  /// y[r] = x[rows[r]], of operands of one precision.
  public func gatherRows(_ x: Operand, rows: [Int32], into y: Operand) {
    switch (x, y) {
    case (.fp32(let x), .fp32(let y)): gatherRows(x, rows: rows, into: y)
    case (.bf16(let x), .bf16(let y)):
      precondition(
        rows.count == y.rows && x.columns == y.columns
          && rows.allSatisfy { $0 >= 0 && Int($0) < x.rows },
        "gathering \(rows.count) rows of \(x.rows) x \(x.columns) into \(y.rows) x \(y.columns)")
      parallel(y.rows, by: rowsPerTile(y.columns)) { range in
        for row in range { unsafe y.row(row).update(from: x.row(Int(rows[row])), count: y.columns) }
      }
    default: preconditionFailure("gathering rows of one precision into another")
    }
  }

  func checkRows(_ rows: [Int32], of table: Matrix) {
    let limit = Int32(table.rows)
    for row in rows { precondition(row >= 0 && row < limit, "row \(row) of \(limit)") }
  }
}
