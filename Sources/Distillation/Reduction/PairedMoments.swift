import Compute
import Training
import Transformer

/// What is known of two vectors of each row of a sample, z that a student's head reads and y that a teacher
/// answers: their means and covariances.
struct PairedMoments {
  /// C: numbers of z.
  let channels: Int
  /// k: numbers of y.
  let columns: Int
  /// Rows of the sample.
  private(set) var count = 0
  /// The sum over rows of [z; y; 1] [z; y; 1]^T, `[C + k + 1, C + k + 1]`.
  private var sums: DoubleMatrix

  /// So many rows a channel, and tokens in all, are enough; more tokens are not read.
  private static let (rowsPerChannel, fewest, most) = (8, 16_384, 131_072)

  /// Runs a student over examples that are spread evenly over the source.
  ///
  /// Gives nil where fewer than two rows are answered.
  ///
  /// - Parameters:
  ///   - student: the student.
  ///   - weights: its weights as they stand.
  ///   - channels: C.
  ///   - teacher: y of every example, a row for each row of the student's outputs.
  ///   - isCentred: whether each y is taken about its own mean: that of logits whose softmax counts says nothing.
  ///   - examples: the rows that it is going to learn from.
  ///   - compute: where the arithmetic runs.
  /// - Throws: what the teacher and the source throw.
  init?(
    _ student: BertModel, _ weights: ParameterSet, channels: Int, _ teacher: TeacherLogits,
    isCentred: Bool = false, on examples: any ExampleSource, computing compute: ComputeContext
  ) throws {
    guard let columns = teacher.columns else { return nil }
    (self.channels, self.columns) = (channels, columns)
    sums = DoubleMatrix(rows: channels + columns + 1, columns: channels + columns + 1)
    var tokens = 0
    let batcher = MicroBatcher(maxTokens: 2048)
    let arena = Arena()
    let groups = StateMoments.groups(examples.count)
    for group in 0..<groups where tokens < Self.most {
      guard tokens < Self.fewest || count < Self.rowsPerChannel * channels else { break }
      let indices = Array(stride(from: group, to: examples.count, by: groups))
      let read = try examples.examples(indices)
      for batch in batcher.batches(read, indices: indices, firstPlace: 0) {
        arena.reset()
        tokens += batch.packed.tokens
        let made = student.forward(
          batch.packed, weights, taps: BertModel.Taps(logits: true), mode: .evaluation,
          on: compute, in: arena)
        guard let features = made.headFeatures, let logits = made.logits else { continue }
        if case .stored(let answers) = teacher {
          guard let answered = try AnsweredRows(batch, answers, like: logits, in: arena) else {
            continue
          }
          add(answered.gather(features, in: arena), answered.teacher, isCentred: isCentred)
        } else {
          add(
            features, try teacher.logits(of: batch, like: logits, in: arena), isCentred: isCentred)
        }
      }
    }
    guard count > 1 else { return nil }
  }

  /// Adds rows of z, `[R, C]`, and y, `[R, k]`.
  private mutating func add(_ features: Matrix, _ answers: Matrix, isCentred: Bool) {
    var block = DoubleMatrix(rows: features.rows, columns: sums.columns)
    let (read, known) = (DoubleMatrix(features), DoubleMatrix(answers))
    for row in 0..<block.rows {
      for channel in 0..<channels { block[row, channel] = read[row, channel] }
      let mean =
        isCentred ? (0..<columns).reduce(0) { $0 + known[row, $1] } / Double(columns) : 0
      for column in 0..<columns { block[row, channels + column] = known[row, column] - mean }
      block[row, channels + columns] = 1
    }
    let more = block.transposed * block
    sums.values = zip(sums.values, more.values).map { $0 + $1 }
    count += block.rows
  }

  /// mean(z), `[C]`.
  var features: [Double] { means(0..<channels) }
  /// mean(y), `[k]`.
  var answers: [Double] { means(channels..<channels + columns) }
  /// S_zz, `[C, C]`.
  var withinFeatures: DoubleMatrix { covariance(0..<channels, 0..<channels) }
  /// S_yz, `[k, C]`.
  var across: DoubleMatrix { covariance(channels..<channels + columns, 0..<channels) }
  /// trace(S_zz).
  var featureVariance: Double { variance(0..<channels) }
  /// The root mean square of the numbers of z.
  var featureSize: Double {
    ((featureVariance + features.reduce(0) { $0 + $1 * $1 }) / Double(channels)).squareRoot()
  }
  /// trace(S_yy).
  var answerVariance: Double { variance(channels..<channels + columns) }

  private func means(_ range: Range<Int>) -> [Double] {
    range.map { sums[$0, channels + columns] / Double(count) }
  }

  private func covariance(_ rows: Range<Int>, _ others: Range<Int>) -> DoubleMatrix {
    let (first, second) = (means(rows), means(others))
    var result = DoubleMatrix(rows: rows.count, columns: others.count)
    for row in 0..<rows.count {
      for column in 0..<others.count {
        result[row, column] =
          sums[rows.lowerBound + row, others.lowerBound + column] / Double(count)
          - first[row] * second[column]
      }
    }
    return result
  }

  private func variance(_ range: Range<Int>) -> Double {
    zip(range, means(range)).reduce(0) {
      $0 + sums[$1.0, $1.0] / Double(count) - $1.1 * $1.1
    }
  }
}
