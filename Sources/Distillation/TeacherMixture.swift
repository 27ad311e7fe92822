import Foundation
public import Training

/// What several teachers say together: an ensemble's answer, as one teacher's outputs.
///
/// Teacher k of K has weight w_k, the weights' sum being 1, and gives logits t_k. The mean of probabilities
/// is p = sum_k w_k softmax(t_k / T) (Hinton, Vinyals and Dean 2015, section 2), taken at the temperature T
/// at which the student's loss compares them. What is kept are logits that the loss makes these very
/// probabilities of: z = T log p, so that softmax(z / T) = p; value and gradient of the loss are those of
/// p itself. Where each output is a probability of its own, z = T (log p - log(1 - p)); where a row's answer is
/// a place among an example's tokens, softmax runs over them. The mean of logits is sum_k w_k t_k, the
/// probabilities' geometric mean; numbers and vectors have no other.
public struct TeacherMixture: Sendable {
  /// What is averaged.
  public enum Average: String, Sendable, CaseIterable {
    /// Probabilities, where outputs have some.
    case probabilities
    /// Outputs as they are.
    case logits
  }

  /// What outputs are probabilities of.
  enum Scale {
    /// One of a row's columns is right.
    case columns
    /// One of an example's tokens is right, in each column.
    case tokens
    /// Each number is right or not.
    case each
    /// None: numbers, vectors.
    case plain

    /// The scale of outputs that a loss compares.
    init(of loss: any AnswerLoss) {
      self =
        switch loss {
        case is SoftCrossEntropy: .columns
        case is SpanSoftCrossEntropy: .tokens
        case is SoftBinaryCrossEntropy: .each
        default: .plain
        }
    }
  }

  /// Shares of the teachers; their sum is 1.
  public let weights: [Double]
  private let scale: Scale
  private let temperature: Double

  /// Prepares the mean.
  ///
  /// - Parameters:
  ///   - weights: Of the teachers, each positive; only their ratios matter.
  ///   - average: What is averaged.
  ///   - loss: The task's usual loss, which knows what its outputs are.
  ///   - temperature: At which the student's loss compares probabilities.
  public init(
    weights: [Double], average: Average, for loss: any AnswerLoss, temperature: Double
  ) {
    precondition(weights.allSatisfy { $0 > 0 && $0.isFinite } && temperature > 0, "\(weights)")
    let sum = weights.reduce(0, +)
    self.weights = weights.map { $0 / sum }
    scale = average == .logits ? .plain : Scale(of: loss)
    self.temperature = temperature
  }

  /// Whether probabilities are averaged.
  public var averagesProbabilities: Bool { scale != .plain }

  /// The mean of what the teachers say of the same examples.
  ///
  /// Sums are taken in double precision in the order of the teachers, by one thread.
  ///
  /// - Parameter outputs: Of each teacher, all of one shape.
  /// - Returns: Outputs of that shape.
  public func mean(of outputs: [Outputs]) -> Outputs {
    precondition(outputs.count == weights.count, "\(outputs.count) for \(weights.count) teachers")
    guard let first = outputs.first else { preconditionFailure("no teacher") }
    precondition(
      outputs.allSatisfy { $0.columns == first.columns && $0.rows.offsets == first.rows.offsets },
      "teachers whose outputs differ in shape")
    var values = [Float](repeating: 0, count: first.values.count)
    for example in 0..<first.count {
      let (start, end) = (first.rows.offsets[example], first.rows.offsets[example + 1])
      for group in groups(start..<end, columns: first.columns) {
        mix(outputs, group, into: &values)
      }
    }
    return Outputs(
      columns: first.columns, rows: Ragged(values: values, offsets: first.rows.offsets))
  }

  /// The places of an example's numbers, those together that are probabilities of one thing.
  private func groups(_ range: Range<Int>, columns: Int) -> [StrideTo<Int>] {
    let (start, end) = (range.lowerBound, range.upperBound)
    return switch scale {
    case .columns:
      stride(from: start, to: end, by: columns).map { stride(from: $0, to: $0 + columns, by: 1) }
    case .tokens:
      range.isEmpty
        ? [] : (0..<columns).map { stride(from: start + $0, to: end, by: columns) }
    case .each, .plain: [stride(from: start, to: end, by: 1)]
    }
  }

  private func mix(_ outputs: [Outputs], _ places: StrideTo<Int>, into values: inout [Float]) {
    switch scale {
    case .plain:
      for place in places {
        let sum = zip(weights, outputs).reduce(0.0) { $0 + $1.0 * Double($1.1.values[place]) }
        values[place] = Float(sum)
      }
    case .each:
      for place in places {
        let scaled = outputs.map { Double($0.values[place]) / temperature }
        // log of the logistic function, and of what is left of it.
        let yes = mean(ofLogarithms: scaled.map { -Self.softplus(-$0) })
        let no = mean(ofLogarithms: scaled.map { -Self.softplus($0) })
        values[place] = Float(temperature * (yes - no))
      }
    case .columns, .tokens:
      let normalizers = outputs.map { output in
        logarithmOfSum(places.map { Double(output.values[$0]) / temperature })
      }
      for place in places {
        let logarithms = zip(outputs, normalizers).map {
          Double($0.values[place]) / temperature - $1
        }
        values[place] = Float(temperature * mean(ofLogarithms: logarithms))
      }
    }
  }

  /// log sum_k w_k exp(x_k).
  private func mean(ofLogarithms x: [Double]) -> Double {
    logarithmOfSum(zip(weights, x).map { log($0) + $1 })
  }

  /// log(1 + exp(x)).
  private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
}
