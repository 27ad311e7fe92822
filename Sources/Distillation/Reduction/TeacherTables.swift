import Compute
import Training
import Transformer

/// The tables that a teacher's embeddings are added up from, as they lie in its weights: that of words may be
/// large.
struct TeacherTables {
  /// Of words, `[V, E]`.
  let word: Matrix
  /// Of places in a sequence, `[positions, E]`.
  let position: Matrix
  /// Of segments, `[types, E]`; nil in families without segments.
  let type: Matrix?
  private let readsSegments: Bool

  init(_ parameters: NamedParameters, readsSegments: Bool) {
    self.readsSegments = readsSegments
    word = parameters.view("bert.embeddings.word_embeddings.weight")
    position = parameters.view("bert.embeddings.position_embeddings.weight")
    let name = "bert.embeddings.token_type_embeddings.weight"
    type = parameters.has(name) ? parameters.view(name) : nil
  }

  /// The sum over a batch's tokens of the deviation of their embedding over its channels.
  func deviations(of batch: PackedBatch) -> Double {
    (0..<batch.tokens).reduce(0) { total, row in
      var sums = DoubleMatrix(word.rows(Self.range(batch.tokenIds[row]))).values
      let others =
        [position.rows(Self.range(batch.positions[row]))]
        + (type.map { [$0.rows(Self.range(readsSegments ? batch.tokenTypes[row] : 0))] } ?? [])
      for other in others {
        for (channel, value) in other.values().enumerated() { sums[channel] += Double(value) }
      }
      let mean = sums.reduce(0, +) / Double(sums.count)
      let square = sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return total + (square / Double(sums.count)).squareRoot()
    }
  }

  private static func range(_ row: Int32) -> Range<Int> { Int(row)..<Int(row) + 1 }
}

/// A model's parameters by their names, in double precision.
struct NamedParameters {
  let weights: ParameterSet

  /// Whether the model has it.
  func has(_ name: String) -> Bool { weights.layout[name] != nil }

  /// A matrix as it lies there, `[rows, columns]`.
  func view(_ name: String) -> Matrix { weights[parameter(name)] }

  /// A matrix, `[rows, columns]`.
  func matrix(_ name: String) -> DoubleMatrix { DoubleMatrix(view(name)) }

  /// A vector.
  func vector(_ name: String) -> [Double] { matrix(name).values }

  /// A linear layer as one matrix, `[outputs, inputs + 1]`: its weight, and its bias as the last column.
  func linear(_ name: String) -> DoubleMatrix {
    let (weight, bias) = (matrix(name + ".weight"), vector(name + ".bias"))
    var whole = DoubleMatrix(rows: weight.rows, columns: weight.columns + 1)
    for row in 0..<weight.rows {
      for column in 0..<weight.columns { whole[row, column] = weight[row, column] }
      whole[row, weight.columns] = bias[row]
    }
    return whole
  }

  /// Writes a parameter.
  func set(_ name: String, _ values: [Double]) {
    view(name).assign(values.map(Float.init))
  }

  /// Writes a linear layer, given as ``linear(_:)`` gives it.
  func setLinear(_ name: String, _ whole: DoubleMatrix) {
    let inputs = whole.columns - 1
    set(name + ".weight", whole.columns(0..<inputs).values)
    set(name + ".bias", whole.columns(inputs..<whole.columns).values)
  }

  private func parameter(_ name: String) -> Parameter {
    guard let parameter = weights.layout[name] else {
      preconditionFailure("the model has no \(name)")
    }
    return parameter
  }
}
