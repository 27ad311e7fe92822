import Compute
import Training
import Transformer

/// What is known of a teacher's states over a sample of text: their means, and those of their products.
struct StateMoments {
  /// C: channels of a state.
  let width: Int
  /// Tokens of the sample.
  private(set) var count = 0
  /// For each state, the sum of [t; 1] [t; 1]^T, `[C + 1, C + 1]`.
  private var sums: [Int: DoubleMatrix] = [:]
  /// The sum of the embeddings' deviations over their channels, before their layer norm.
  private var deviation = 0.0

  /// Runs the teacher over examples that are spread evenly over the source.
  ///
  /// - Parameters:
  ///   - teacher: the teacher.
  ///   - states: which of its states.
  ///   - examples: the text.
  ///   - tokens: about how many tokens are enough.
  ///   - tables: the rows of its embeddings that a token adds up, see ``TeacherTables``.
  /// - Throws: what the teacher and the source throw.
  init(
    of teacher: TeacherRunner, states: Set<Int>, on examples: any ExampleSource, tokens: Int,
    tables: TeacherTables
  ) throws {
    width = teacher.model.configuration.hiddenSize
    for state in states { sums[state] = DoubleMatrix(rows: width + 1, columns: width + 1) }
    let batcher = MicroBatcher(maxTokens: 2048)
    let taps = BertModel.Taps(hidden: states)
    let groups = Self.groups(examples.count)
    var group = 0
    while group < groups, count < tokens {
      // Every group is spread over the whole source, so any number of them is.
      let indices = Array(stride(from: group, to: examples.count, by: groups))
      group += 1
      let read = try examples.examples(indices)
      for batch in batcher.batches(read, indices: indices, firstPlace: 0) {
        let made = try teacher.taps(taps, of: batch.packed)
        for (state, values) in made.hidden { add(DoubleMatrix(values), of: state) }
        deviation += tables.deviations(of: batch.packed)
        count += batch.packed.tokens
      }
    }
  }

  /// Into how many groups of some 64 examples a source is dealt out.
  static func groups(_ count: Int) -> Int { max(1, count / 64) }

  private mutating func add(_ values: DoubleMatrix, of state: Int) {
    var block = DoubleMatrix(rows: values.rows, columns: width + 1)
    for row in 0..<values.rows {
      for column in 0..<width { block[row, column] = values[row, column] }
      block[row, width] = 1
    }
    let products = block.transposed * block
    guard let sum = sums[state]?.values else { return }
    sums[state]?.values = zip(sum, products.values).map { $0 + $1 }
  }

  /// The mean of [t; 1] [t; 1]^T of a state, `[C + 1, C + 1]`.
  func products(_ state: Int) -> DoubleMatrix {
    guard let sum = sums[state] else { preconditionFailure("state \(state) was not looked at") }
    return sum.scaled(by: 1 / Double(count))
  }

  /// The mean over tokens of the deviation of the embeddings before their layer norm.
  var embeddingDeviation: Double { deviation / Double(count) }

  /// The mean of some states together, `[C]`, and their covariance about it, `[C, C]`.
  func pooled(_ states: [Int]) -> (mean: [Double], covariance: DoubleMatrix) {
    var mean = [Double](repeating: 0, count: width)
    var covariance = DoubleMatrix(rows: width, columns: width)
    for state in states {
      let products = products(state).scaled(by: 1 / Double(states.count))
      for row in 0..<width {
        mean[row] += products[row, width]
        for column in 0..<width { covariance[row, column] += products[row, column] }
      }
    }
    for row in 0..<width {
      for column in 0..<width { covariance[row, column] -= mean[row] * mean[column] }
    }
    return (mean, covariance)
  }
}
