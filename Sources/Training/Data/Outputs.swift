import Compute
public import Transformer

/// What a model's head gives for examples, in their order: a row of numbers each, or one a token.
public struct Outputs: Sendable, Equatable {
  /// Numbers of a row.
  public let columns: Int
  /// The rows of each example, one after the other.
  public let rows: Ragged<Float>

  /// Wraps rows.
  ///
  /// - Parameters:
  ///   - columns: numbers of a row.
  ///   - rows: the rows of each example, row-major.
  public init(columns: Int, rows: Ragged<Float>) {
    precondition(columns > 0 && rows.offsets.allSatisfy { $0 % columns == 0 }, "broken rows")
    self.columns = columns
    self.rows = rows
  }

  /// One row for each example: `values` is `[examples, columns]`, row-major.
  public init(columns: Int, values: [Float]) {
    precondition(columns > 0 && values.count % columns == 0, "\(values.count) of \(columns)")
    self.init(
      columns: columns,
      rows: Ragged(
        values: values, offsets: Array(stride(from: 0, through: values.count, by: columns))))
  }

  /// First row of each example, and at the end the number of rows.
  public var starts: [Int] { rows.offsets.map { $0 / columns } }

  /// How many examples there are.
  public var count: Int { rows.count }

  /// All numbers, one example after the other.
  public var values: [Float] { rows.values }

  /// The column with the greatest number of each row; the first of equals.
  public var greatest: [Int32] {
    stride(from: 0, to: values.count, by: columns).map { start in
      var best = 0
      for column in 1..<max(columns, 1) where values[start + column] > values[start + best] {
        best = column
      }
      return Int32(best)
    }
  }
}

extension InMemoryExamples {
  /// First row of the logits that a model gives for each example in training, and at the end the
  /// number of rows: one an example, one a token, or one for each token that has a class, known or not.
  public func outputStarts(of model: BertModel) -> [Int] {
    switch model.logitShape?.rows {
    case .tokens: return offsets
    case .predictionRows: break
    case .sequences, nil: return Array(0...count)
    }
    var starts = [0]
    for index in 0..<count {
      var rows = 0
      if case .tokenLabels(let labels) = targets[index] {
        rows = labels.count { $0 != ignoredLabel }
      }
      starts.append(starts[index] + rows)
    }
    return starts
  }
}
