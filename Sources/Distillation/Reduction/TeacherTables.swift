import Compute
import Training
import Transformer

/// The tables that a teacher's embeddings are added up from, in double precision.
struct TeacherTables {
  /// Of words, `[V, E]`.
  let word: DoubleMatrix
  /// Of places in a sequence, `[positions, E]`.
  let position: DoubleMatrix
  /// Of segments, `[types, E]`; nil in families without segments.
  let type: DoubleMatrix?

  init(_ parameters: NamedParameters) {
    word = parameters.matrix("bert.embeddings.word_embeddings.weight")
    position = parameters.matrix("bert.embeddings.position_embeddings.weight")
    let name = "bert.embeddings.token_type_embeddings.weight"
    type = parameters.has(name) ? parameters.matrix(name) : nil
  }

  /// The sum over a batch's tokens of the deviation of their embedding over its channels.
  func deviations(of batch: PackedBatch) -> Double {
    let width = word.columns
    var total = 0.0
    for row in 0..<batch.tokens {
      let (id, place) = (Int(batch.tokenIds[row]) * width, Int(batch.positions[row]) * width)
      let segment = Int(batch.tokenTypes[row]) * width
      var (sum, squares) = (0.0, 0.0)
      for channel in 0..<width {
        let value =
          word.values[id + channel] + position.values[place + channel]
          + (type?.values[segment + channel] ?? 0)
        sum += value
        squares += value * value
      }
      let mean = sum / Double(width)
      total += max(0, squares / Double(width) - mean * mean).squareRoot()
    }
    return total
  }
}

/// A model's parameters by their names, in double precision.
struct NamedParameters {
  let weights: ParameterSet

  /// Whether the model has it.
  func has(_ name: String) -> Bool { weights.layout[name] != nil }

  /// A matrix, `[rows, columns]`.
  func matrix(_ name: String) -> DoubleMatrix { DoubleMatrix(weights[parameter(name)]) }

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
    weights[parameter(name)].assign(values.map(Float.init))
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
