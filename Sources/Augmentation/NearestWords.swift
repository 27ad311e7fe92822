import Compute

/// Cosine search in a table of word vectors.
///
/// Products find a few more rows of every block than asked for; those are ranked again by cosines in
/// Double, so that equal vectors tie whatever kernel computed them, and a query's neighbours do not
/// depend on what is asked together with it.
final class NearestWords {
  private static let queryRows = 32

  private let table: Matrix
  private let context: ComputeContext
  private let queries: Matrix
  private let cosines: Buffer
  private let blockRows: Int

  /// Searches `table`, `[words, dimension]`, whose rows have unit length, `blockRows` at a time.
  init(table: Matrix, blockRows: Int = 1 << 15, on context: ComputeContext) {
    self.blockRows = blockRows
    self.table = table
    self.context = context
    queries = Matrix(rows: Self.queryRows, columns: table.columns)
    cosines = Buffer(count: Self.queryRows * min(table.rows, blockRows))
  }

  /// One question: a direction, and the row that must not be the answer.
  struct Query {
    /// The vector asked about, of any length; a zero vector has no neighbours.
    var vector: [Float]
    /// The asking word's own row.
    var excluded: Int?
  }

  /// Rows of the table by descending cosine, equal cosines by ascending row.
  func neighbours(of questions: [Query], count: Int) -> [[Int]] {
    var answers: [[Int]] = []
    var start = 0
    while start < questions.count {
      let end = min(start + Self.queryRows, questions.count)
      answers.append(contentsOf: search(questions[start..<end], count: count))
      start = end
    }
    return answers
  }

  private func search(_ questions: ArraySlice<Query>, count: Int) -> [[Int]] {
    let dimension = table.columns
    var values = [Float](repeating: 0, count: Self.queryRows * dimension)
    var isZero: [Bool] = []
    for (row, question) in questions.enumerated() {
      precondition(question.vector.count == dimension, "a query of another dimension")
      let unit = unitVector(question.vector)
      isZero.append(unit == nil)
      if let unit { values.replaceSubrange(row * dimension..<(row + 1) * dimension, with: unit) }
    }
    queries.assign(values)

    var found = [[Int]](repeating: [], count: questions.count)
    var start = 0
    while start < table.rows {
      let rows = start..<min(start + blockRows, table.rows)
      let product = Matrix(
        buffer: cosines, offset: 0, rows: Self.queryRows, columns: rows.count, stride: rows.count)
      context.multiply(queries, table.rows(rows), into: product, transposingB: true)
      let best = context.topEntries(of: product.rows(0..<questions.count), count: 2 * count + 9)
      for (row, question) in questions.enumerated() where !isZero[row] {
        found[row] += best[row].map { start + $0 }.filter { $0 != question.excluded }
      }
      start = rows.upperBound
    }
    return zip(questions, found).map { question, rows in
      ranked(rows, by: question.vector, count: count)
    }
  }

  /// The best `count` rows by dot products in Double, equal ones by ascending row.
  private func ranked(_ rows: [Int], by vector: [Float], count: Int) -> [Int] {
    let products = rows.map { row in
      zip(vector, table.rows(row..<row + 1).values()).reduce(0.0) {
        $0 + Double($1.0) * Double($1.1)
      }
    }
    let order = rows.indices.sorted {
      products[$0] != products[$1] ? products[$0] > products[$1] : rows[$0] < rows[$1]
    }
    return order.prefix(count).map { rows[$0] }
  }
}

/// `vector / |vector|`, nil where the vector is zero or not finite.
func unitVector(_ vector: some Collection<Float>) -> [Float]? {
  let squares = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
  guard squares > 0, squares.isFinite else { return nil }
  let scale = 1 / squares.squareRoot()
  return vector.map { Float(Double($0) * scale) }
}
